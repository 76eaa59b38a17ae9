import Docker from "dockerode";
import { LABEL } from "../../src/contracts/labels.ts";
import type { Instance } from "../../src/instances/instance.ts";
import type { HeldLease, LeaseHolder } from "../../src/instances/lease.ts";
import type { InstancePorts } from "../../src/instances/ports.ts";
import { leaseHeld, leaseLost } from "../../src/state/lease-errors.ts";

const TTL_MS = 60_000;

/** A volume of one name is made once: whoever made it holds the lease until it is removed. */
export function volumeOf(
	docker: Docker,
	volume: string,
	name: string,
	clock: InstancePorts["clock"],
): Instance["lease"] {
	const read = async () => {
		const found = await docker.getVolume(volume).inspect().catch(ignore(404));
		return found && (JSON.parse(found.Labels[LABEL.lease]!) as LeaseHolder);
	};
	const drop = () => docker.getVolume(volume).remove().catch(ignore(404));
	return {
		holder: read,
		async take(claim): Promise<HeldLease> {
			const [token, nonce] = [clock.now(), crypto.randomUUID()];
			await docker.createVolume({
				Name: volume,
				Labels: { [LABEL.lease]: JSON.stringify({ ...claim, token, nonce }) },
			});
			const isMine = async () => (await read())?.nonce === nonce;
			if (!(await isMine())) throw leaseHeld(name, (await read()) ?? claim, clock.now());
			const assertHeld = async () => {
				if (!(await isMine())) throw leaseLost(name, await read());
			};
			return {
				token,
				ttlMs: TTL_MS,
				assertHeld,
				renew: assertHeld,
				release: async () => void ((await isMine()) && (await drop())),
			};
		},
		async break() {
			const holder = await read();
			await drop();
			return holder;
		},
	};
}

export async function pull(docker: Docker, reference: string, credential: InstancePorts["credential"]): Promise<void> {
	const authconfig = credential && {
		...{
			username: credential.username,
			password: credential.password.reveal(),
			serveraddress: reference.split("/")[0]!,
		},
	};
	const stream = await docker.pull(reference, authconfig ? { authconfig } : {});
	await new Promise<void>((resolve, reject) =>
		docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve())),
	);
}

/** These statuses of the daemon say that it is so already. */
export const ignore =
	(...statuses: readonly number[]) =>
	(error: { statusCode?: number }): undefined => {
		if (!statuses.includes(error.statusCode ?? 0)) throw error;
	};
