import { basename, dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../src/errors/catalogue.ts";
import { UserError, hasCode } from "../../src/errors/errors.ts";
import { readSources, withoutComments } from "../support/sources.ts";

const codes = Object.keys(CATALOGUE);
const entries = Object.entries(CATALOGUE).map(([code, entry]) => ({ code, ...entry }));

/** The codes that stand in the first argument of `new UserError(` or of a subclass's `super(`. */
const raisedIn = (text: string): string[] =>
	[...withoutComments(text).matchAll(/\b(?:new UserError|super)\((?<code>[^,]+),/g)].flatMap(
		({ groups }) => groups!["code"]!.match(/(?<=")[a-z_]+(?=")/g) ?? [],
	);

const files = await readSources("src/errors/catalogue");
const domains = files
	.map(({ file, text }) => ({
		name: basename(file, ".ts"),
		codes: [...text.matchAll(/^\t(?<code>[a-z_]+): \{$/gm)].map(({ groups }) => groups!["code"]!),
	}))
	.filter(({ codes: own }) => own.length > 0);

/** `src/instances/vast/roll/stage.ts` → `instances-vast-roll`. */
const placeOf = (file: string): string =>
	dirname(file)
		.replace(/^src\//, "")
		.replaceAll("/", "-");

/** Commands, and what opens ports for them, raise errors of any domain. */
const belongs = (place: string, domain: string): boolean =>
	/^(?:cli|commands)(?:-|$)/.test(place) || `${place === "errors" ? "general" : place}-`.startsWith(`${domain}-`);

describe("the catalogue", () => {
	it("holds the codes that are raised, and no other", async () => {
		const sources = await readSources("src", "rehearsal");
		expect([...new Set(sources.flatMap(({ text }) => raisedIn(text)))].toSorted()).toEqual(codes.toSorted());
	});

	it("has each code in the file of a folder that raises it, once", async () => {
		const sources = await readSources("src", "rehearsal");
		const raising = new Map<string, Set<string>>();
		for (const { file, text } of sources)
			for (const code of raisedIn(text)) raising.set(code, (raising.get(code) ?? new Set()).add(placeOf(file)));
		const misplaced = domains.flatMap(({ name, codes: own }) =>
			own.filter((code) => ![...(raising.get(code) ?? [])].some((place) => belongs(place, name))),
		);
		expect(misplaced).toEqual([]);
		expect(domains.flatMap((domain) => domain.codes).toSorted()).toEqual(codes.toSorted());
	});

	it.each([
		['throw new UserError("no_build", text);', ["no_build"]],
		['new UserError(\n\tbusy ? "port_busy" : "port_refused",\n\ttext)', ["port_busy", "port_refused"]],
		['super("preflight", lines);', ["preflight"]],
		['new UserError(failure.code, "no_build");', []],
		['/** new UserError("no_build", text) */', []],
		['codeOf(error) === "no_build"', []],
	])("sees what %j raises", (text, raised) => {
		expect(raisedIn(text)).toEqual(raised);
	});

	it("is sorted, file by file", () => {
		expect(domains.map((domain) => domain.codes)).toEqual(domains.map((domain) => domain.codes.toSorted()));
	});

	it("says in one sentence each what a code means and what to do", () => {
		const sentence = /^(?=.{10,110}$)\S[^\n]*\.$/;
		const odd = entries.filter(({ meaning, remedy }) => !sentence.test(meaning) || !sentence.test(remedy));
		expect(odd.map(({ code }) => code)).toEqual([]);
	});

	it("lets nobody repeat a command that is written wrongly, and everybody one that met somebody else", () => {
		const retried = (exit: string) => [
			...new Set(entries.filter((one) => one.exit === exit).map(({ retry }) => retry)),
		];
		expect({ usage: retried("usage"), busy: retried("busy") }).toEqual({ usage: [false], busy: [true] });
	});

	it("gives a UserError its exit", () => {
		const error = new UserError("lease_held", "held", { hint: "wait" });
		expect(error).toMatchObject({ code: "lease_held", exit: "busy", oclif: { exit: 75 }, hint: "wait" });
		expect(new UserError("terminated", "ended").oclif).toEqual({ exit: 143 });
	});

	it("tells a UserError by its code, and from anything else with that code", () => {
		const other = Object.assign(new Error("of Node"), { code: "lease_held" });
		const errors = [new UserError("lease_held", "held"), new UserError("no_build", "none"), other, undefined];
		expect(errors.map((error) => hasCode(error, "lease_held"))).toEqual([true, false, false, false]);
	});
});
