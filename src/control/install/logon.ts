/** As whom Windows runs the boot. No password is stored or asked for with any of them. */
export const LOGONS = ["s4u", "interactive", "local-service"] as const;
export type Logon = (typeof LOGONS)[number];

/** SID of NT AUTHORITY\LOCAL SERVICE (learn.microsoft.com/windows/win32/secauthz/well-known-sids). */
export const LOCAL_SERVICE = "S-1-5-19";

/** What a kind of logon means, and what it forbids, for people. @param user `HOST\name` */
export function logonFacts(logon: Logon, user: string): { means: string; forbids: string } {
	switch (logon) {
		case "s4u":
			return {
				means: `S4U: at start-up, as ${user}, logged on or not; no password is stored`,
				forbids: `nothing that needs the password of ${user}: network shares and other hosts by a Windows logon, files encrypted by EFS, the credential manager`,
			};
		case "interactive":
			return {
				means: `InteractiveToken: when ${user} logs on, in that session`,
				forbids: `nothing starts before ${user} has logged on, and what was started ends when ${user} logs off`,
			};
		default:
			return {
				means: "LOCAL SERVICE: at start-up, without a user",
				forbids: `every file that LOCAL SERVICE may not read, the profile of ${user}, Docker, and the network but anonymously`,
			};
	}
}

/** What to type so that LOCAL SERVICE can read and write what a boot needs (learn.microsoft.com, icacls). */
export const aclHints = (logon: Logon, root: string): string[] =>
	logon === "local-service"
		? [`icacls "${root}" /grant "*${LOCAL_SERVICE}:(OI)(CI)M" so that it can read .env and keys and write .cres`]
		: [];
