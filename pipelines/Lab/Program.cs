using CxrOnnx.Lab;

return await LabCommands.CreateRoot((_, _) => Task.FromResult(0)).Parse(args).InvokeAsync();
