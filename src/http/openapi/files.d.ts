/** Files that are imported `with { type: "file" }`: each is the path it has in the executable. */
declare module "*.css" {
  const path: string;
  export default path;
}
declare module "*/page/docs.js" {
  const path: string;
  export default path;
}
