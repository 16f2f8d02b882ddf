/** An action that may fail, and tells its caller why in a way that both people and programs understand. */
import { ActionError, action, t } from "actiond";

// An export that is not an action, such as this one, cannot be called from outside.
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
      // The caller gets the message, code and data of an ActionError, but only the name of any other error.
      throw new ActionError(`The shop has only ${left} of "${product}" left.`, {
        code: "out_of_stock",
        status: 422,
        data: { product, left },
      });
    stock.set(product, left - count);
    return { product, left: left - count };
  },
});
