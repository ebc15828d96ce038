using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Evidence;

/// <summary>
/// What learning keeps of an image that was asked, so that a killed run is gone on with: its phrases, in the data set's order.
/// </summary>
/// <param name="Rows">Rows of the latents.</param>
/// <param name="Columns">Columns of the latents.</param>
/// <param name="Phrases">What each phrase gave.</param>
internal sealed record EvidenceRecord(int Rows, int Columns, IReadOnlyList<EvidencePhraseRecord> Phrases)
{
    /// <summary>Packs what was found for an image's phrases.</summary>
    public static EvidenceRecord Of(IReadOnlyList<EvidenceCase> cases) =>
        new(
            cases[0].Maps.Grid.Rows,
            cases[0].Maps.Grid.Columns,
            [.. cases.Select(item => new EvidencePhraseRecord(item.Attention, Bytes(item.Maps.Attention), Bytes(item.Maps.Gain)))]
        );

    /// <summary>The maps of a phrase.</summary>
    public EvidenceMaps MapsOf(int phrase) =>
        new(new GridSize(Rows, Columns), Floats(Phrases[phrase].Attention), Floats(Phrases[phrase].Gain));

    private static byte[] Bytes(IReadOnlyList<float> values)
    {
        float[] array = [.. values];
        return MemoryMarshal.AsBytes(array.AsSpan()).ToArray();
    }

    private static float[] Floats(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes.AsSpan()).ToArray();
}

/// <summary>What one phrase gave.</summary>
/// <param name="Score">How good its attention heatmap is.</param>
/// <param name="Attention">Its attention on the latents' grid, smoothed: the bytes of float32, little-endian.</param>
/// <param name="Gain">Its gain in prediction, in the same way.</param>
internal sealed record EvidencePhraseRecord(MapScore Score, byte[] Attention, byte[] Gain);

/// <summary>Generated code instead of reflection. A ratio may be infinite.</summary>
[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(EvidenceRecord))]
internal sealed partial class EvidenceRecordContext : JsonSerializerContext;
