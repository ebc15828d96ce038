using CxrOnnx.Lab;
using CxrOnnx.Lab.Startup;

KeptMemory.RestartFor(args);
return await LabCommands.RunAsync(args, Console.Out, Console.Error);
