using System.Text.Json;

namespace CxrOnnx.Workflows.DicomWeb;

/// <summary>Reads a data set of the DICOM JSON model (PS3.18 F.2): tags in eight hexadecimal digits.</summary>
internal static class DicomJson
{
    /// <summary>The first value of a text attribute; empty where there is none.</summary>
    public static string Text(JsonElement dataSet, string tag) =>
        dataSet.ValueKind == JsonValueKind.Object
        && dataSet.TryGetProperty(tag, out JsonElement attribute)
        && attribute.TryGetProperty("Value", out JsonElement values)
        && values.ValueKind == JsonValueKind.Array
        && values.GetArrayLength() > 0
        && values[0].ValueKind == JsonValueKind.String
            ? values[0].GetString()!
            : "";

    /// <summary>The items of a sequence; none where there is none.</summary>
    public static IEnumerable<JsonElement> Items(JsonElement dataSet, string tag) =>
        dataSet.ValueKind == JsonValueKind.Object
        && dataSet.TryGetProperty(tag, out JsonElement attribute)
        && attribute.TryGetProperty("Value", out JsonElement values)
        && values.ValueKind == JsonValueKind.Array
            ? values.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object)
            : [];
}
