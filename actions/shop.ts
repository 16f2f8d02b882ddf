/** An action that fails, and tells its caller why in a way that people and programs understand. */
import { ActionError, action, t } from "actiond";

// What is neither an action nor looks like one is a helper: it may be exported too, and is not called from outside.
export const stock = new Map([
  ["tea", 12],
  ["coffee", 3],
]);

export const order = action({
  description: "Orders something from the shop.",
  input: t.Object({
    product: t.String({ examples: ["tea"] }),
    count: t.Integer({ minimum: 1, default: 1 }),
  }),
  output: t.Object({ product: t.String(), left: t.Integer() }),
  run({ product, count }) {
    const left = stock.get(product);
    if (left === undefined)
      throw new ActionError(`The shop does not sell "${product}".`, {
        code: "unknown_product",
        status: 404,
      });
    if (left < count)
      // Message, code and data reach the caller. Of any other error it learns only the name: the rest is for the log.
      throw new ActionError(`Only ${left} of ${product} are left.`, {
        code: "out_of_stock",
        status: 422,
        data: { product, left },
      });
    stock.set(product, left - count);
    return { product, left: left - count };
  },
});
