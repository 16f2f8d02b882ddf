# Build the executable first, on the same kind of processor: bun run build && docker build --tag actiond .
# The executable contains its runtime, database and certificates, so this image adds only a user and two folders.
# The server listens on all interfaces and therefore starts only with a key. docs/operations.md says how to run it.
FROM debian:stable-slim
RUN useradd --system --uid 10001 actiond \
  && install --directory --owner=actiond --mode=0700 /var/lib/actiond \
  && install --directory /actions
COPY dist/actiond /usr/local/bin/actiond
USER actiond
ENV ACTIOND_HOST=0.0.0.0 ACTIOND_ACTIONS=/actions ACTIOND_DATA=/var/lib/actiond
# Actions that use relative paths, as one of the examples does, start from here and not from /.
WORKDIR /actions
VOLUME /var/lib/actiond
EXPOSE 8080
ENTRYPOINT ["actiond"]
CMD ["serve"]
