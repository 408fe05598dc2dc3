/** What the tests need could not be installed; the message holds the command to run by hand. */
export class SetupFailed extends Error {
  override readonly name = 'SetupFailed';
}
