/** Accounts that the test perimeter's store has besides its own. */
export const ROTATED = { accessKey: "rotated-access", secretKey: "another-secret-value" };
/** For the search for secrets: what headers, URLs, JSON and shells write in other ways. */
export const SENTINEL = { accessKey: "SENTINEL-access", secretKey: "SENTINEL-secret/+&=\"%'$24" };
