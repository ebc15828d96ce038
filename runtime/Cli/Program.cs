using CxrOnnx.Cli;
using CxrOnnx.CommandLine;

return await CommandRunner.RunAsync(CxrRootCommand.Create(), args, Console.Out, Console.Error);
