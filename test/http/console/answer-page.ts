/** Answers as a server does for the addresses of the console, without the rest of it. */
import { ServerError } from "../../../src/errors.ts";
import type { ConsolePage } from "../../../src/http/console/console.ts";
import { FILES_PATH } from "../../../src/http/console/page-files.ts";
import { refusalReply } from "../../../src/http/reply.ts";

export async function answerPage(
  page: ConsolePage,
  request: Request,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (!pathname.startsWith(FILES_PATH)) return await page.replyPage(request);
  const name = decodeURIComponent(pathname.slice(FILES_PATH.length));
  try {
    return await page.replyFile(name, request);
  } catch (error) {
    if (error instanceof ServerError) return refusalReply(error);
    throw error;
  }
}
