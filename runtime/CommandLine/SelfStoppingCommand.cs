using System.CommandLine;

namespace CxrOnnx.CommandLine;

/// <summary>
/// A command that ends by itself when it is told to stop, however long that takes, such as a service that answers what it accepted.
/// </summary>
/// <param name="name">Name of the command.</param>
/// <param name="description">What it does.</param>
public sealed class SelfStoppingCommand(string name, string description) : Command(name, description);
