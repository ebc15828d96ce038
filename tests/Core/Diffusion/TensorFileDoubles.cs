using System.Runtime.InteropServices;
using CxrOnnx.Core.Artifacts;
using Xunit;

namespace CxrOnnx.Core.Tests.Diffusion;

/// <summary>Double-precision reference tensors.</summary>
internal static class TensorFileDoubles
{
    public static double[] ReadDouble(this ITensorFile file, string name)
    {
        TensorInfo info = file.Tensors[name];
        Assert.Equal(TensorDataType.F64, info.DataType);
        double[] values = new double[info.ElementCount];
        file.Read(name, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
