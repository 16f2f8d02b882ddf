/** Files of Swagger UI: imported `with { type: "file" }`, each is the path it has in the executable. */
declare module "swagger-ui-dist/*" {
  const path: string;
  export default path;
}
