using System.Reflection;
using System.Reflection.Emit;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using Xunit;

namespace CxrOnnx.Lab.Tests;

/// <summary>
/// Holds docs/adr/0017: numbers reach libtorch through <see cref="ScalarArithmetic"/> only, which keeps them alive until libtorch has read
/// them.
/// </summary>
[Trait("Category", "quick")]
public sealed class ScalarUseTests
{
    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    [Fact]
    public void TrainingCode_HandsNumbersToLibtorch_ThroughScalarArithmeticOnly()
    {
        string[] found =
        [
            .. new[] { typeof(ScalarArithmetic).Assembly, typeof(LabCommands).Assembly }
                .SelectMany(assembly => assembly.GetTypes())
                .Where(type => type != typeof(ScalarArithmetic))
                .SelectMany(Methods)
                .SelectMany(method =>
                    Calls(method).Where(MakesScalar).Select(called => $"{method.DeclaringType}.{method.Name} calls {called}")
                ),
        ];

        Assert.True(found.Length == 0, $"use the methods of ScalarArithmetic instead:\n{string.Join('\n', found)}");
    }

    /// <summary>
    /// A tensor made on the host has to be brought to the model's device, which a CPU does not show. What libtorch checks, the tests on its
    /// device "meta" find (tests/Trainer/Devices); for the rest, whoever makes a tensor also moves it, or says here why not.
    /// </summary>
    [Fact]
    public void TrainingCode_MakesTensors_OnlyWhereItMovesThem()
    {
        string[] found =
        [
            .. new[] { typeof(ScalarArithmetic).Assembly, typeof(LabCommands).Assembly }
                .SelectMany(assembly => assembly.GetTypes())
                .SelectMany(Methods)
                .Where(LeavesTensorsOnTheHost)
                .Select(NameInSource),
        ];

        // Modules are built on the CPU and moved as a whole; data, files and random numbers belong to the host; nothing else does.
        string[] belongToTheHost =
        [
            "CxrOnnx.Trainer.Data.CompactVocabulary.Gather",
            "CxrOnnx.Trainer.Data.CompactVocabulary.Scatter",
            "CxrOnnx.Trainer.Data.RadiographCache.Images",
            "CxrOnnx.Trainer.Golden.GoldenCases.Write",
            "CxrOnnx.Trainer.Models.Layers.GroupNormalization..ctor",
            "CxrOnnx.Trainer.Models.Layers.LayerNormalization..ctor",
            "CxrOnnx.Trainer.Models.StateDictLoader.Load",
            "CxrOnnx.Trainer.Models.StateDictLoader.Read",
            "CxrOnnx.Trainer.Models.WeightInitialization.Fill",
            "CxrOnnx.Trainer.PromptTuning.TrajectoryDiskCache.States",
            "CxrOnnx.Trainer.PromptTuning.TuningObjective.Mask",
            "CxrOnnx.Trainer.PromptTuning.TuningSources.Images",
            "CxrOnnx.Trainer.Training.LatentDataSet.Batch",
            "CxrOnnx.Trainer.Training.LatentDataSet.OpenOrEncode",
            "CxrOnnx.Trainer.Training.StepRandom.Normal",
            "CxrOnnx.Trainer.Training.TrainingState.Load",
        ];
        Assert.Equal(belongToTheHost.Order(StringComparer.Ordinal), found.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Reader_OfAPlantedForward_FindsTheTensorThatStaysOnTheHost()
    {
        Assert.True(LeavesTensorsOnTheHost(((Func<torch.Tensor, torch.Tensor>)PlantedForward).Method));
        Assert.False(LeavesTensorsOnTheHost(((Func<torch.Tensor, torch.Tensor>)MovingForward).Method));
        Assert.False(LeavesTensorsOnTheHost(((Func<torch.Tensor, torch.Tensor>)Operators).Method));
    }

    // Lambdas under the method that they are written in.
    private static string NameInSource(MethodBase method)
    {
        string name = method.Name.StartsWith('<') ? method.Name[1..method.Name.IndexOf('>', StringComparison.Ordinal)] : method.Name;
        return $"{method.DeclaringType!.FullName!.Split('+')[0]}.{name}";
    }

    private static torch.Tensor PlantedForward(torch.Tensor input) => torch.nn.functional.linear(input, torch.ones(8, 8));

    private static torch.Tensor MovingForward(torch.Tensor input) =>
        torch.nn.functional.linear(input, DeviceTransfer.MoveTo(torch.ones(8, 8), input.device));

    // Makes a tensor out of nothing, without a device of its own and without bringing it to one.
    private static bool LeavesTensorsOnTheHost(MethodBase method)
    {
        MethodBase[] calls = [.. Calls(method)];
        bool makes = calls.Any(call =>
            call.DeclaringType == typeof(torch)
            && call.Name is "tensor" or "ones" or "zeros" or "empty" or "full" or "eye" or "rand" or "randn" or "arange" or "linspace"
        );
        bool moves = calls.Any(call => call.DeclaringType == typeof(DeviceTransfer) || call.Name == "get_device");
        return makes && !moves;
    }

    [Fact]
    public void Reader_OfScalarArithmeticItself_FindsTheCalls()
    {
        MethodBase[] calls = [.. Methods(typeof(ScalarArithmetic)).SelectMany(Calls).Where(MakesScalar)];
        Assert.Contains(calls, call => call.Name == "op_Implicit");
        Assert.Contains(calls, call => call.Name == "clamp");
        Assert.Contains(
            Calls(((Func<torch.Tensor, torch.Tensor>)Operators).Method),
            call => call.Name == "op_Addition" && MakesScalar(call)
        );
        Assert.DoesNotContain(
            Calls(((Func<torch.Tensor, torch.Tensor>)Operators).Method),
            call => call.Name == "op_Multiply" && MakesScalar(call)
        );
    }

    private static torch.Tensor Operators(torch.Tensor tensor) => (tensor * tensor) + tensor;

    // Whatever takes or makes a Scalar, or makes one inside: the operators with a number, additions, which have a factor of 1, and the few
    // others of TorchSharp 0.107 that training code could want.
    private static bool MakesScalar(MethodBase called)
    {
        if (called.DeclaringType?.Assembly != typeof(Scalar).Assembly)
        {
            return false;
        }

        Type[] parameters = [.. called.GetParameters().Select(parameter => parameter.ParameterType)];
        if (called is MethodInfo { ReturnType: { } type } && type == typeof(Scalar))
        {
            return true;
        }

        if (parameters.Contains(typeof(Scalar)))
        {
            return true;
        }

        bool tensors = parameters.All(parameter => parameter == typeof(torch.Tensor));
        return called.Name switch
        {
            "op_Addition" or "add" or "add_" or "square" or "arange" or "vector_norm" or "matrix_norm" => true,
            "op_Subtraction" or "op_Multiply" or "op_Division" or "op_Modulus" or "op_GreaterThan" or "op_LessThan" => !tensors,
            _ => false,
        };
    }

    private static IEnumerable<MethodBase> Methods(Type type)
    {
        const BindingFlags All =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        return [.. type.GetMethods(All), .. type.GetConstructors(All)];
    }

    private static IEnumerable<MethodBase> Calls(MethodBase method)
    {
        byte[] code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        Type[]? typeArguments = method.DeclaringType is { IsGenericType: true } generic ? generic.GetGenericArguments() : null;
        Type[]? methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (int at = 0; at < code.Length; )
        {
            short value = code[at++];
            if (value == 0xFE)
            {
                value = (short)(0xFE00 | code[at++]);
            }

            OpCode operation = OpCodesByValue[value];
            if (operation.OperandType == OperandType.InlineMethod)
            {
                yield return method.Module.ResolveMethod(BitConverter.ToInt32(code, at), typeArguments, methodArguments)!;
            }

            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }
}
