import { inSection, outcome, said } from "../runtime/outcomes.ts";
import type { Found, InsideCheck } from "../triage-check.ts";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

export default {
	code: "TR130",
	scope: "runtime",
	looksAt: "inside",
	severity: "error",
	question: "Is there room on the instance's disks?",
	why: "Jobs fail with ENOSPC while they write a result, and logs stop before they say so.",
	example: "/ of gpu-1 has 120 MiB left of 32 GiB → find what is left over in scratch",
	run: ({ instance: { name }, inside }) =>
		inSection(inside, "disks", (disks) => {
			const findings = disks.flatMap((disk): Found[] => {
				const { path, total, free, inodes, freeInodes } = disk;
				const few = inodes > 0 && freeInodes < inodes / 100;
				const none = free < Math.min(256 * MIB, total / 50) || (inodes > 0 && freeInodes === 0);
				const little = free < Math.min(2 * GIB, total / 20);
				if (!few && !none && !little) return [];
				const left = few && !little ? `${freeInodes} of ${inodes} inodes` : `${sized(free)} of ${sized(total)}`;
				const found: Found = {
					message: `${path} of ${name} ${none ? "is full" : "is nearly full"}: ${left} left`,
					evidence: [
						said(name, `${path}: ${sized(free)} free of ${sized(total)}, ${freeInodes} of ${inodes} inodes free`, "df"),
					],
					fix: { say: `cres exec ${name} -- du -xh --max-depth=2 ${path}, then remove what is left over` },
					severity: none ? "error" : "warning",
				};
				return [found];
			});
			return outcome(`disks ${disks.map(({ path }) => path).join(", ")}`, unique(findings));
		}),
} satisfies InsideCheck;

const sized = (bytes: number): string =>
	bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.round(bytes / MIB)} MiB`;

/** Two paths of one disk are one finding. */
const unique = (findings: readonly Found[]): Found[] => {
	const sizes = findings.map(({ message }) => message.slice(message.indexOf(":")));
	return findings.filter((_, at) => sizes.indexOf(sizes[at]!) === at);
};
