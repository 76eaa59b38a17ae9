/** Name of the variable in the environment of what cres starts that says whose process it is, down to its children. */
export const MARK = "CRES_SERVICE_MARK";
