/** What those who count and trace requests are told of them. */
import type { RefusalCode } from "../errors.ts";
import type { Operation } from "./operation.ts";

export interface RequestWatch {
  /** The request is for this operation. */
  onRoute(
    request: Request,
    operation: Pick<Operation<never>, "id" | "method" | "path" | "isStream">,
  ): void;
  /** The request is refused with this code. */
  onRefusal(request: Request, code: RefusalCode): void;
}
