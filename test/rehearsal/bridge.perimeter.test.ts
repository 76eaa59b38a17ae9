import { readFile } from "node:fs/promises";
import { expect, inject, it } from "vitest";

const { instance } = inject("perimeter");

/** `addr_assign_type` of linux/netdevice.h: set by whoever made it, so that no port that leaves changes it. */
const NET_ADDR_SET = "3";

it("has a hardware address of its own, which stays when containers go", async () => {
	const about = (name: string) => readFile(`/sys/class/net/${instance.bridge}/${name}`, "utf8");
	expect((await about("addr_assign_type")).trim()).toBe(NET_ADDR_SET);
	expect(await about("address")).toMatch(/^02:42:0a:d5:15:01$/m); // 10.213.21.1
});
