# Build the executable first, on the same kind of processor: bun run build && docker build --tag actiond .
# It carries its own runtime, database and certificates, so this image adds nothing but a user and two folders.
# It listens where others can reach it, so it starts only with a key:
#   docker run -e ACTIOND_API_KEY=… -v actiond:/var/lib/actiond -v ./actions:/actions:ro -p 8080:8080 actiond
# or with keys made before: docker run -v actiond:/var/lib/actiond actiond keys create NAME
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
