import { UserError } from "../../errors/errors.ts";
import { USER, bareHost, isHost } from "../../system/hosts.ts";

/** The host without brackets, when it is one: OpenSSH takes `-oProxyCommand=…` for a flag. @throws UserError bad_login (usage) */
export function loginHost(instance: string, host: string): string {
	if (isHost(host)) return bareHost(host);
	throw new UserError("bad_login", `${JSON.stringify(host)} is not a host to log in to for ${instance}`, {
		hint: "give a host name, an IPv4 address, or an IPv6 address such as fd00::5",
	});
}

/** The user name, when it is one. @throws UserError bad_login (usage) */
export function loginUser(instance: string, user: string): string {
	if (USER.test(user)) return user;
	throw new UserError("bad_login", `${JSON.stringify(user)} is not a user name to log in to ${instance} with`, {
		hint: "give the login name: letters, digits and . _ @ + -, beginning with a letter or digit",
	});
}
