import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FaultName } from "../../../rehearsal/vast/faults.ts";
import { USUAL_TIMINGS } from "../../../rehearsal/vast/timings.ts";
import { deploy, rollInto } from "../../support/vast-faults.ts";
import { BUILD, makeVastFleet, type VastFleet } from "../../support/vast-fleet.ts";

/** Each fault of the simulator once, and how a roll over a live release ends in it. */
const ENDS: Record<FaultName, string> = {
	"rate-limited": "live",
	"bad-gateway": "live",
	unavailable: "live",
	"html-body": "live",
	"success-false": "vast_refused", // the first call that changes something takes the lease
	"reply-lost-after": "live",
	"reply-lost-before": "live",
	redirected: "vast_unreachable",
	"ports-only-in-list": "live",
	"no-ssh-host": "live",
	"ip-whitespace": "live",
	"unknown-status": "host_silent",
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
	"wrong-build": "live", // the second recycle, which is meant for a stale boot, brings the right one
	offline: "host_silent",
	unknown: "host_silent",
	"offline-in-roll": "live",
	outbid: "revert_failed",
	"intended-stopped": "rolled-back",
	"start-stuck": "live",
	"small-disk": "live", // large enough still
	"offer-gone": "live",
	"create-half-made": "live",
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

let fleet: VastFleet;

beforeAll(async () => {
	fleet = await makeVastFleet({ instances: ["gpu-1"], factor: 1000, timings: USUAL_TIMINGS, deployTimeout: "2s" });
	await deploy(fleet, BUILD.first);
});
afterAll(() => fleet.close());

describe("a roll over a live release, into each fault", () => {
	it.each(Object.entries(ENDS) as [FaultName, string][])("%s: %s", async (name, how) => {
		expect((await rollInto(fleet, [name])).how).toBe(how);
	});

	it.each([
		["success-false", "update-template", "rolled-back"],
		["redirected", "update-template", "rolled-back"],
		["success-false", "recycle", "rolled-back"],
		["reply-lost-after", "update-template", "live"],
		["reply-lost-before", "update-template", "live"],
		["reply-lost-after", "change", "live"],
	] as const)("%s at %s: %s", async (name, endpoint, how) => {
		expect((await rollInto(fleet, [name], endpoint)).how).toBe(how);
	});

	it("says that a host key is unverified when the log never comes", async () => {
		fleet.notes.length = 0;
		await rollInto(fleet, ["log-never"]);
		expect(fleet.notes.join("\n")).toContain("is unverified: the instance's log does not name it");
	});

	it("A4: asks for the log again, and is live with the key that it names in the end", async () => {
		fleet.notes.length = 0;
		expect((await rollInto(fleet, ["log-never"], undefined, { acceptHostKeys: false })).how).toBe("live");
		expect(fleet.notes.join("\n")).toContain("and the instance's log does not name it");
		expect(fleet.notes.join("\n")).not.toContain("is unverified");
	});

	it("goes back when the image says another build id than its own, again and again", async () => {
		expect(await rollInto(fleet, ["wrong-build", "wrong-build"])).toMatchObject({
			how: "rolled-back",
			message: expect.stringContaining("after two recycles"),
		});
	});
});
