/**
 * Every error that the kernel throws on purpose. `code` travels as `ename` of an error reply, so a front end shows it;
 * the message says what went wrong, with which value, and what to do.
 */
export abstract class KernelError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The connection file is missing, unreadable or not what the protocol says. The caller of the kernel mends it. */
export class InvalidConnection extends KernelError {
  readonly code = 'InvalidConnection';
}

/** An address of the connection file cannot be served: it is taken, or not of this machine. */
export class AddressRefused extends KernelError {
  readonly code = 'AddressRefused';
}

/** A wrong command line of the kernel or of its installer. */
export class InvalidUsage extends KernelError {
  readonly code = 'InvalidUsage';
}

/** Frames that are unsigned, wrongly signed, replayed or not a message. They get no answer on any socket. */
export class RefusedMessage extends KernelError {
  readonly code = 'RefusedMessage';
}

/** A request whose content is not what the protocol says. It gets one error reply. */
export class InvalidRequest extends KernelError {
  readonly code = 'InvalidRequest';
}

/** A request that this kernel does not answer (yet), refused by name. */
export class NotBuilt extends KernelError {
  readonly code = 'NotBuilt';
}

/** The cell process died while it was working; the kernel starts another one. State of the cells is lost. */
export class CellProcessDied extends KernelError {
  readonly code = 'CellProcessDied';
}

/** The cell was interrupted. State of earlier cells is kept. */
export class Interrupted extends KernelError {
  readonly code = 'Interrupted';
}

/** `input()` where the front end takes no input (`allow_stdin` is false). */
export class InputNotAllowed extends KernelError {
  readonly code = 'InputNotAllowed';
}

/** An argument of `display`, `comms`, `input` or the installer is not what the function takes. */
export class InvalidArgument extends KernelError {
  readonly code = 'InvalidArgument';
}

/** A comm that is closed, or a target that nobody registered. */
export class CommClosed extends KernelError {
  readonly code = 'CommClosed';
}

/** A module that a cell imports is found neither from the notebook's folder nor beside Furrow. */
export class ModuleMissing extends KernelError {
  readonly code = 'ModuleMissing';
}

/** Types are strict and the cell has type errors: it did not run. The cell is mended, or `%types warn` lets it run. */
export class TypesRefused extends KernelError {
  readonly code = 'TypesRefused';
}

/** The channel between kernel and cell process carries something that is not a frame of ours. */
export class BrokenChannel extends KernelError {
  readonly code = 'BrokenChannel';
}

/** The kernelspec cannot be written to its place, or removed from it. The message says why and where else it could go. */
export class InstallFailed extends KernelError {
  readonly code = 'InstallFailed';
}

/** A request for a subshell that does not exist (any more). The front end creates another one. */
export class SubshellUnknown extends KernelError {
  readonly code = 'SubshellUnknown';
}

/** A debug request that cannot be done: nothing is stopped, a frame is gone, the cell process does not answer. */
export class DebugRefused extends KernelError {
  readonly code = 'DebugRefused';
}

/** A magic (`%name`) was used in a way that it does not know; its message says how it is used. */
export class MagicMisused extends KernelError {
  readonly code = 'MagicMisused';
}

/** A program that a magic runs (`%npm`, `%%bash`) ended with another exit code than 0, or by a signal. */
export class CommandFailed extends KernelError {
  readonly code = 'CommandFailed';
}

/** A program that a magic runs is not installed on this machine, or cannot be started. */
export class ProgramMissing extends KernelError {
  readonly code = 'ProgramMissing';
}
