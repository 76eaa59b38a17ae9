import { isMakefile, makefilesOf } from "../data/makefile.ts";
import { makeSigns, type TakenSign } from "../data/make-signs.ts";
import { alembicSigns, batchSigns, unitSigns } from "../data/percent-signs.ts";
import { unitsOf } from "../data/systemd.ts";
import { composeSigns } from "../facts/compose-signs.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS146",
	scope: "static",
	severity: "error",
	question: "Is every `$` and `%` doubled that the reader of a file would take for itself?",
	why: "make, compose, systemd, ConfigParser and cmd fill in what another program was meant to see: it gets nothing, or something else.",
	example:
		"`awk '{print $1}'` in a Makefile: write `$$1`. `date +%m` in a unit of systemd is the machine's id: write `%%m`.",
	run(tree) {
		const counts = ({ path }: { path: string }): boolean => standingOf(path) === "live" && !isAside(path);
		const makefiles = makefilesOf(tree).filter((file) => isMakefile(file) && counts(file));
		const units = unitsOf(tree)
			.map(({ file }) => file)
			.filter(counts);
		const signs = [
			...makefiles.flatMap(makeSigns),
			...composeSigns(tree).filter(({ file }) => counts(file)),
			...units.flatMap(unitSigns),
			...tree
				.in("ini")
				.filter((file) => /(?:^|\/)alembic\.ini$/.test(file.path) && counts(file))
				.flatMap(alembicSigns),
			...tree.in("batch").filter(counts).flatMap(batchSigns),
		];
		return { looked: `${makefiles.length} Makefiles, ${units.length} units`, findings: signs.map(found) };
	},
} satisfies StaticCheck;

const found = ({ file, line, sign, what, meant }: TakenSign): Found => ({
	message: `${file.path} has ${sign}: ${what}`,
	evidence: [file.place(line)],
	fix: { say: `write ${meant} for ${sign}` },
});
