import { expect, it } from "vitest";
import { rightsTrouble, windowsRights } from "../../src/system/windows-rights.ts";
import { simulatedWindows } from "../support/simulated-windows.ts";

const ANN = "S-1-5-21-1111-2222-3333-1002";

it("tells of each file who else may read or change it, and what takes that away", async () => {
	const { shell, rights, user, ran } = simulatedWindows({});
	rights.set("C:\\Users\\ops\\id", `O:${user}G:${user}D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;${user})`);
	rights.set("C:\\cres\\.env", `O:${user}G:DUD:AI(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)(A;ID;0x1301bf;;;AU)`);
	rights.set("C:\\O'Neil’s\\key", `O:${ANN}G:DUD:P(A;;FA;;;${user})`);
	const seen = await windowsRights(shell, [...rights.keys()]);
	expect(rightsTrouble(seen)).toEqual({
		observed:
			"other users can read or change C:\\cres\\.env (Users (S-1-5-32-545), Authenticated Users (S-1-5-11)), " +
			`C:\\O'Neil’s\\key (owner ${ANN})`,
		fix:
			`icacls "C:\\cres\\.env" /inheritance:r /remove:g "*S-1-5-32-545" "*S-1-5-11" /grant:r "*${user}:F" and ` +
			`icacls "C:\\O'Neil’s\\key" /setowner "*${user}" and icacls "C:\\O'Neil’s\\key" /inheritance:r /grant:r "*${user}:F"`,
	});
	expect(ran).toHaveLength(1);
	expect(rightsTrouble(await windowsRights(shell, ["C:\\Users\\ops\\id"]))).toBeUndefined();
});

it("fails where Windows does not tell the rights, and never takes that for a healthy file", async () => {
	const { shell } = simulatedWindows({});
	await expect(windowsRights(shell, ["C:\\gone"])).rejects.toMatchObject({ code: "windows_query_failed" });
	const odd = { run: async () => ({ exitCode: 0, stdout: '{"user":"ops","files":[]}', stderr: "" }) };
	await expect(windowsRights(odd, ["C:\\a"])).rejects.toThrow(/user/);
});
