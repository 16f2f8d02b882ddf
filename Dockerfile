# Build the executable first, on the same kind of processor: bun run build && docker build --tag actiond .
# It carries its own runtime, database and certificates, so this image adds nothing but a user and two folders.
FROM debian:stable-slim
RUN useradd --system --uid 10001 actiond \
  && install --directory --owner=actiond --mode=0700 /var/lib/actiond \
  && install --directory /actions
COPY dist/actiond /usr/local/bin/actiond
USER actiond
ENV ACTIOND_HOST=0.0.0.0 ACTIOND_ACTIONS=/actions ACTIOND_DATA=/var/lib/actiond
VOLUME /var/lib/actiond
EXPOSE 8080
ENTRYPOINT ["actiond"]
CMD ["serve"]
