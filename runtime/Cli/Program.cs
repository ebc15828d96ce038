using CxrOnnx.Cli;

return await CommandRunner.RunAsync(CxrRootCommand.Create(), args, Console.Out, Console.Error);
