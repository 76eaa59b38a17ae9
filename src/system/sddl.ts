/** Somebody beside the user who may read or change a file of Windows. */
export interface Other {
	/** `S-1-5-32-545`, or the two letters of SDDL for one that has no SID of its own here. */
	sid: string;
	/** In English, where it is one of the well-known ones. */
	name: string | undefined;
	by: "right" | "owner";
}

/** SID strings of SDDL, with their SIDs and names (learn.microsoft.com/windows/win32/secauthz/sid-strings). */
const KNOWN: Readonly<Record<string, readonly [sid: string, name: string]>> = {
	AN: ["S-1-5-7", "Anonymous"],
	AU: ["S-1-5-11", "Authenticated Users"],
	BA: ["S-1-5-32-544", "Administrators"],
	BG: ["S-1-5-32-546", "Guests"],
	BO: ["S-1-5-32-551", "Backup Operators"],
	BU: ["S-1-5-32-545", "Users"],
	CG: ["S-1-3-1", "Creator Group"],
	CO: ["S-1-3-0", "Creator Owner"],
	IU: ["S-1-5-4", "Interactive"],
	LS: ["S-1-5-19", "Local Service"],
	NS: ["S-1-5-20", "Network Service"],
	NU: ["S-1-5-2", "Network"],
	OW: ["S-1-3-4", "Owner Rights"],
	PU: ["S-1-5-32-547", "Power Users"],
	RD: ["S-1-5-32-555", "Remote Desktop Users"],
	SU: ["S-1-5-6", "Service"],
	SY: ["S-1-5-18", "System"],
	WD: ["S-1-1-0", "Everyone"],
};
const NAMES = new Map(Object.values(KNOWN));

/** They may do everything to every file anyway: the system, administrators of the machine and of the domain. */
const TRUSTED = new Set(["S-1-5-18", "S-1-5-32-544", "LA", "DA", "EA"]);
/** Owner Rights only limits the owner; the creator's stand-ins are replaced where a file inherits them. */
const STAND_INS = new Set(["S-1-3-0", "S-1-3-1", "S-1-3-4"]);

/** Rights of files by their letters (learn.microsoft.com/windows/win32/secauthz/ace-strings). */
const RIGHTS: Readonly<Record<string, number>> = {
	...{ GA: 0x1000_0000, GR: 0x8000_0000, GW: 0x4000_0000, GX: 0x2000_0000 },
	...{ FA: 0x1f_01ff, FR: 0x12_0089, FW: 0x12_0116, FX: 0x12_00a0 },
	...{ CC: 0x1, DC: 0x2, LC: 0x4, SW: 0x8, RP: 0x10, WP: 0x20, DT: 0x40, LO: 0x80, CR: 0x100 },
	...{ SD: 0x1_0000, RC: 0x2_0000, WD: 0x4_0000, WO: 0x8_0000 },
};
/** To read or write data, to delete, to change rights or owner; and the generic rights that hold one of these. */
const READ_OR_CHANGE = [0x1, 0x2, 0x4, 0x1_0000, 0x4_0000, 0x8_0000, 0x1000_0000, 0x4000_0000, 0x8000_0000];

const EVERYONE: Other = { sid: "S-1-1-0", name: "Everyone", by: "right" };

/**
 * Who may read or change a file beside `user` (a SID), the system and administrators. Without a list of rights everybody
 * may. @param sddl as Get-Acl tells it
 * @throws Error when it is no such text
 * @see https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format
 */
export function othersOf(sddl: string, user: string): Other[] {
	const match = /^(?:O:(?<owner>S-[\d-]+|[A-Z]{2}))?(?:G:(?:S-[\d-]+|[A-Z]{2}))?(?:D:(?<rights>.*?))?(?:S:.*)?$/su.exec(
		sddl.trim(),
	);
	if (!match || sddl.trim() === "") throw new Error(`no security descriptor: ${sddl.slice(0, 200)}`);
	const { owner, rights } = match.groups!;
	const isOther = (sid: string) => sid !== user && !TRUSTED.has(sid) && !STAND_INS.has(sid);
	const owners = owner === undefined ? [] : [sidOf(owner)].filter(isOther).map((sid) => other(sid, "owner"));
	if (rights === undefined || rights.includes("NO_ACCESS_CONTROL")) return [...owners, EVERYONE];
	return [
		...owners,
		...allowed(entriesOf(rights))
			.filter(isOther)
			.map((sid) => other(sid, "right")),
	];
}

const other = (sid: string, by: Other["by"]): Other => ({ sid, name: NAMES.get(sid), by });

const sidOf = (text: string): string => KNOWN[text]?.[0] ?? text;

interface Entry {
	isAllowed: boolean;
	mask: number;
	sid: string;
}

/** `(A;ID;FA;;;SY)`, also with an expression behind its account. Those for what is made in a folder are left out. */
function entriesOf(rights: string): Entry[] {
	const found = rights.matchAll(/\((X?[AD]);([A-Z]*);([^;()]*);;;([^;()]+)(?:;(?:[^()]|\([^()]*\))*)?\)/g);
	return [...found].flatMap(([, type, flags, mask, sid]) =>
		/^(?:..)*IO/.test(flags!) ? [] : [{ isAllowed: type!.endsWith("A"), mask: maskOf(mask!), sid: sidOf(sid!) }],
	);
}

const maskOf = (rights: string): number =>
	/^\d/.test(rights)
		? Number(rights)
		: (rights.match(/../g) ?? []).reduce((sum, letters) => (sum | (RIGHTS[letters] ?? 0)) >>> 0, 0);

/** Accounts with a right that matters. What an entry before has refused to the same account stays refused. */
function allowed(entries: readonly Entry[]): string[] {
	const refused = new Map<string, number>();
	const found = new Set<string>();
	for (const { isAllowed, mask, sid } of entries) {
		const before = refused.get(sid) ?? 0;
		if (!isAllowed) refused.set(sid, before | mask);
		else if (READ_OR_CHANGE.some((right) => (mask & right & ~before) !== 0)) found.add(sid);
	}
	return [...found];
}
