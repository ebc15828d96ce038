using BenchmarkDotNet.Running;
using CxrOnnx.Benchmarks;

// dotnet run -c Release --project tests/Benchmarks -- --filter '*' --job short
BenchmarkSwitcher.FromAssembly(typeof(InnerLoops).Assembly).Run(args);
