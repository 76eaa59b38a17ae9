import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { othersOf } from "../../src/system/sddl.ts";

const ME = "S-1-5-21-1111-2222-3333-1001";
const ANN = "S-1-5-21-1111-2222-3333-1002";
const who = (sddl: string) => othersOf(sddl, ME).map(({ sid, name, by }) => `${by} ${name ?? sid}`);

/** As Get-Acl tells them: of a profile, of a folder below C:\, of a file that was given to others too. */
describe("the others of a file of Windows", () => {
	it("are none in a profile: the system, administrators and the user", () => {
		expect(who(`O:${ME}G:${ME}D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;${ME})`)).toEqual([]);
		expect(who(`O:BAG:${ME}D:PAI(A;;FA;;;${ME})(A;;FA;;;LA)(A;;FA;;;DA)`)).toEqual([]);
	});

	it("are all users in a folder below C:\\, where files inherit that", () => {
		const sddl = `O:${ME}G:S-1-5-21-1111-2222-3333-513D:AI(A;ID;FA;;;BA)(A;ID;FA;;;SY)(A;ID;0x1200a9;;;BU)(A;ID;0x1301bf;;;AU)`;
		expect(who(sddl)).toEqual(["right Users", "right Authenticated Users"]);
	});

	it("are named by their SIDs, which are in no language", () => {
		const all = othersOf("O:BAG:DUD:ARAI(A;;FA;;;BA)(A;;FA;;;SY)(A;;0x1200a9;;;BU)(A;ID;0x1200a9;;;BU)", ME);
		expect(all).toEqual([{ sid: "S-1-5-32-545", name: "Users", by: "right" }]);
		expect(othersOf(`O:${ME}D:(A;;FR;;;${ANN})`, ME)).toEqual([{ sid: ANN, name: undefined, by: "right" }]);
	});

	it.each([
		...["FR", "FW", "FA", "GR", "GW", "GA", "CC", "DC", "LC", "SD", "WD", "WO", "FXFR"],
		...["0x120089", "0x40000", "0x80000000"],
	])("may read, write, delete or give away by %s", (right) => {
		expect(who(`O:${ME}D:(A;;${right};;;WD)`)).toEqual(["right Everyone"]);
	});

	it.each(["FX", "GX", "RC", "SW", "RP", "WP", "LO", "CR", "0x100080"])("may not by %s", (right) => {
		expect(who(`O:${ME}D:(A;;${right};;;WD)`)).toEqual([]);
	});

	it("are everybody where there is no list of rights, and nobody where it is empty", () => {
		expect(who(`O:${ME}G:${ME}`)).toEqual(["right Everyone"]);
		expect(who(`O:${ME}D:NO_ACCESS_CONTROL`)).toEqual(["right Everyone"]);
		expect(who(`O:${ME}D:P`)).toEqual([]);
	});

	it("are not whom a refusal before the right stops, nor whom only files of a folder are for", () => {
		expect(who(`O:${ME}D:(D;;FA;;;BU)(A;;FA;;;BU)`)).toEqual([]);
		expect(who(`O:${ME}D:(D;;FW;;;BU)(A;;FA;;;BU)`)).toEqual(["right Users"]);
		expect(who(`O:${ME}D:(A;;FA;;;BU)(D;;FA;;;BU)`)).toEqual(["right Users"]);
		expect(who(`O:${ME}D:(A;OICIIO;FA;;;BU)(A;;FA;;;CO)(A;;FA;;;OW)`)).toEqual([]);
		expect(who(`O:${ME}D:(A;OICI;FA;;;BU)`)).toEqual(["right Users"]);
	});

	it("are those of a right with an expression, too, and of no rule of audit", () => {
		const sddl = `O:${ME}D:(XA;;FR;;;WD;(@User.Project Any_of {"cres"}))(A;;FA;;;SY)S:AI(AU;SAFA;FA;;;BU)`;
		expect(who(sddl)).toEqual(["right Everyone"]);
	});

	it("are the owner, who can give rights to himself", () => {
		expect(who(`O:${ANN}G:DUD:(A;;FA;;;${ME})`)).toEqual([`owner ${ANN}`]);
	});

	it("cannot be told from another text, which is refused (any text)", () => {
		expect(() => othersOf("", ME)).toThrow("no security descriptor");
		fc.assert(
			fc.property(fc.string(), (text) => {
				if (/^(?:[OGDS]:)/.test(text.trim())) return;
				expect(() => othersOf(text, ME)).toThrow("no security descriptor");
			}),
		);
	});
});
