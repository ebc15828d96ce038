using System.CommandLine;

namespace CxrOnnx.CommandLine;

/// <summary>
/// A command that saves what it has done when it is told to stop, and ends by itself after the running step, however long that takes. A
/// second Ctrl-C ends it at once.
/// </summary>
/// <param name="name">Name of the command.</param>
/// <param name="description">What it does.</param>
public sealed class SavingCommand(string name, string description) : Command(name, description);
