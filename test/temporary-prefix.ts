/** How the name of the temporary folder of a run of tests begins. */
export const PREFIX = "actiond-run-";
