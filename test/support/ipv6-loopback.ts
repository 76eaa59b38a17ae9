import { writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";

/** docs.kernel.org/networking/ip-sysctl: 1 in a container of Docker, whose networks have IPv4 alone. */
const DISABLED = "/proc/sys/net/ipv6/conf/lo/disable_ipv6";

/** Gives loopback its ::1 where the machine has it switched off, until the tests have ended. */
export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
	if (hasIpv6Loopback()) return undefined;
	try {
		await writeFile(DISABLED, "0");
	} catch (error) {
		throw new Error("the tests need ::1: run `sysctl net.ipv6.conf.lo.disable_ipv6=0` as root", { cause: error });
	}
	return () => writeFile(DISABLED, "1");
}

const hasIpv6Loopback = (): boolean =>
	Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === "::1"));
