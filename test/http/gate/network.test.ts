import { expect, test } from "bun:test";
import { networkOf } from "../../../src/http/gate/network.ts";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2:ffff::", "2001:db8:1:2::/64"],
  ["2001:db8:1:3::1", "2001:db8:1:3::/64"],
  ["::1", "::/64"],
  ["not an address", "not an address"],
])("senders with the address %p are counted as %p", (address, network) => {
  expect(networkOf(address)).toBe(network);
});
