import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RouteName } from "../../../rehearsal/vast/route-names.ts";
import type { FaultName } from "../../../rehearsal/vast/faults.ts";
import { deploy } from "../../support/vast-faults.ts";
import { BUILD, makeVastFleet, type VastFleet } from "../../support/vast-fleet.ts";
import { NAME, named, replaceInto } from "../../support/vast-replace.ts";

/** Each fault of the simulator once, and how a change of contracts ends in it. */
const ENDS: Record<FaultName, string> = {
	"rate-limited": "live",
	"bad-gateway": "live",
	unavailable: "live",
	"html-body": "live",
	"success-false": "vast_refused",
	"reply-lost-after": "live",
	"reply-lost-before": "live",
	redirected: "vast_unreachable",
	"ports-only-in-list": "live",
	"no-ssh-host": "live",
	"ip-whitespace": "live",
	"unknown-status": "rolled-back",
	"instances-array": "live",
	"direct-ports-unset": "live",
	"stale-recycle": "live",
	"old-ports": "live",
	flap: "live",
	"bad-tag": "rolled-back",
	"bad-login": "rolled-back",
	"disk-full": "rolled-back",
	"oci-failure": "rolled-back",
	"crash-loop": "rolled-back",
	"wrong-build": "live", // one recycle brings the right one
	offline: "rolled-back",
	unknown: "rolled-back",
	"offline-in-roll": "live",
	outbid: "rolled-back",
	"intended-stopped": "rolled-back",
	"start-stuck": "live",
	"small-disk": "no_capacity",
	"offer-gone": "live",
	"create-half-made": "rolled-back",
	"ssh-refused": "rolled-back",
	"ssh-timeout": "rolled-back",
	"wrong-host-key": "rolled-back",
	"other-tenant": "live",
	"bad-modes": "live",
	"tmux-noise": "live",
	"proxy-stale": "live",
	"log-late": "live",
	"log-never": "live",
};

const HTTP: readonly FaultName[] = [
	...(["rate-limited", "bad-gateway", "unavailable", "html-body", "success-false"] as const),
	...(["reply-lost-after", "reply-lost-before", "redirected"] as const),
];
const CALLS: readonly RouteName[] = ["offers", "create", "ssh-list", "change", "destroy"];

let fleet: VastFleet;

beforeAll(async () => {
	fleet = await makeVastFleet({ instances: [NAME], factor: 1000, deployTimeout: "2s" });
	await deploy(fleet, BUILD.first);
});
afterAll(() => fleet.close());

const creates = () => fleet.sim.requests.filter(({ route, status }) => route === "create" && status !== 429);

describe("a change of contracts, into each fault", () => {
	it.each(Object.entries(ENDS) as [FaultName, string][])("%s: %s", async (name, how) => {
		fleet.sim.faults.set(name);
		expect((await replaceInto(fleet)).how).toBe(how);
	});
});

describe.each(CALLS)("a change of contracts whose call %s meets", (route) => {
	it.each(HTTP)("%s", async (name) => {
		fleet.sim.faults.set(name, { route });
		const { how } = await replaceInto(fleet);
		expect(["live", "rolled-back", "vast_refused", "vast_unreachable"]).toContain(how);
	});
});

describe("a create", () => {
	it("whose reply is lost is found by its label and not made twice", async () => {
		fleet.sim.faults.set("reply-lost-after", { route: "create" });
		const before = creates().length;
		expect((await replaceInto(fleet)).how).toBe("live");
		expect(creates()).toHaveLength(before + 2); // one for each of the two changes
	});

	it("that was lost on its way is not made again by itself", async () => {
		fleet.sim.faults.set("reply-lost-before", { route: "create" });
		const before = creates().length;
		expect(await replaceInto(fleet)).toMatchObject({
			how: "rolled-back",
			hint: `cres deploy ${NAME} --replace`,
		});
		expect(creates()).toHaveLength(before + 2);
	});

	it("takes the next offer when one is gone", async () => {
		fleet.sim.faults.set("offer-gone", { times: 4 });
		expect((await replaceInto(fleet)).how).toBe("live");
	});

	it("ends as busy after five offers that are gone, and changes nothing", async () => {
		fleet.sim.faults.set("offer-gone", { times: 5 });
		expect(await replaceInto(fleet)).toMatchObject({
			how: "no_capacity",
			message: expect.stringContaining("the 5 offers tried were gone or too small"),
		});
	});
});

describe("a disk below the request", () => {
	it("is let go, and the next offer is taken", async () => {
		const small = Math.max(...fleet.sim.contracts().map(({ id }) => id)) + 1;
		fleet.sim.faults.set("small-disk", { id: small });
		fleet.notes.length = 0;
		expect((await replaceInto(fleet)).how).toBe("live");
		expect(fleet.notes.join("\n")).toContain(`contract ${small} has a disk of 20 GB, not 40 GB`);
		expect(fleet.sim.contract(small)).toBeUndefined();
	});
});

describe("what may still be billed is named", () => {
	it("when a new contract that failed cannot be destroyed", async () => {
		fleet.sim.faults.set("bad-tag");
		fleet.sim.faults.set("unavailable", { route: "destroy", times: 100 });
		expect(await replaceInto(fleet)).toMatchObject({
			how: "revert_failed",
			message: expect.stringMatching(/manifest unknown.*contract \d+ may still be billed/),
			hint: `cres deploy ${NAME} --replace destroys it`,
		});
	});

	it("when the old contract cannot be destroyed", async () => {
		const old = await named(fleet);
		fleet.sim.faults.set("unavailable", { route: "destroy", times: 100 });
		expect(await replaceInto(fleet)).toMatchObject({
			how: "unfinished",
			message: expect.stringContaining(`contract ${old} may still be billed`),
			hint: `cres deploy ${NAME} --replace ends it`,
		});
	});

	it("when the new contract cannot be labelled", async () => {
		const next = Math.max(...fleet.sim.contracts().map(({ id }) => id)) + 1;
		fleet.sim.faults.set("unavailable", { route: "change", id: next, times: 100 });
		expect((await replaceInto(fleet)).how).toBe("unfinished");
	});
});
