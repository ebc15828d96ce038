using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CxrOnnx.Checkpoints;
using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab checkpoint FILE</c>: lists the tensors of a checkpoint under their stored names.</summary>
public static class CheckpointCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Argument<FileInfo> file = new("FILE") { Description = "A .pth/.pt/.bin file written by torch.save, or a safetensors file" };
        Option<string?> key = new("--key")
        {
            Description =
                "Which state dict of the file: its name, NAME.NAME for one within another, or how the tensors' names begin; . for the top "
                + "(default: the only one, the one under a usual name; the plain weights rather than averaged ones)",
            HelpName = "NAME",
        };
        Option<bool> json = new("--json") { Description = "Write one JSON document to standard output" };
        Command command = new(
            "checkpoint",
            "List a checkpoint: name, dtype, shape, range and SHA-256 of each tensor. Nothing in the file is executed."
        )
        {
            file,
            key,
            json,
        };
        command.SetAction(
            (parse, cancellation) =>
            {
                string path = parse.GetRequiredValue(file).ToString();
                TextWriter output = parse.InvocationConfiguration.Output;
                CheckpointPath parsed = CheckpointPath.Parse(path);
                if (parsed.Key is { } named && parse.GetValue(key) is { } wanted && named != wanted)
                {
                    throw new InputException($"{path} and --key {wanted}: two keys; give one");
                }

                using ICheckpoint tensors = CheckpointFile.Open(parsed.File, parse.GetValue(key) ?? parsed.Key);
                if (parse.GetValue(json))
                {
                    WriteJson(tensors, output, cancellation);
                }
                else
                {
                    WriteTable(tensors, output, cancellation);
                }

                return Task.FromResult(0);
            }
        );
        return command;
    }

    private static void WriteTable(ICheckpoint file, TextWriter output, CancellationToken cancellation)
    {
        long elements = 0;
        int width = file.Tensors.Keys.Select(name => name.Length).DefaultIfEmpty(0).Max();
        foreach (TensorInfo info in file.Tensors.Values)
        {
            cancellation.ThrowIfCancellationRequested();
            TensorSummary summary = TensorSummary.Of(file, info.Name);
            elements += info.ElementCount;
            string nans = summary.NanCount > 0 ? $" ({summary.NanCount} NaN)" : "";
            output.WriteLine(
                $"{info.Name.PadRight(width)}  {info.DataType, -4}  {info.ShapeText, -18}  {Number(summary.Minimum), 12} .. "
                    + $"{Number(summary.Maximum), -12}  {summary.Sha256}{nans}"
            );
        }

        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{file.Tensors.Count} {(file.Tensors.Count == 1 ? "tensor" : "tensors")}, {elements:N0} "
                    + $"elements{(file.Key.Length > 0 ? $" under '{file.Key}'" : "")}; "
                    + $"{string.Join("; ", Notes(file))}"
            )
        );
    }

    private static void WriteJson(ICheckpoint file, TextWriter output, CancellationToken cancellation)
    {
        using MemoryStream buffer = new();
        using (
            Utf8JsonWriter json = new(
                buffer,
                new JsonWriterOptions
                {
                    Indented = true,
                    NewLine = "\n",
                    Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                }
            )
        )
        {
            json.WriteStartObject();
            json.WriteString("file", file.Source);
            json.WriteString("key", file.Key);
            json.WriteStartObject("metadata");
            foreach ((string key, string value) in file.Metadata)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            json.WriteStartArray("notes");
            foreach (string note in Notes(file))
            {
                json.WriteStringValue(note);
            }

            json.WriteEndArray();
            json.WriteStartArray("tensors");
            foreach (string name in file.Tensors.Keys)
            {
                cancellation.ThrowIfCancellationRequested();
                WriteTensor(json, TensorSummary.Of(file, name));
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    /// <summary>
    /// All other commands read state dicts under one spelling of the names; these notes say what that would do to this one.
    /// </summary>
    private static IReadOnlyList<string> Notes(ICheckpoint file)
    {
        try
        {
            return StateDict.Normalize(file).Notes;
        }
        catch (ArtifactException exception)
        {
            return [.. file.Notes, exception.Message];
        }
    }

    private static void WriteTensor(Utf8JsonWriter json, TensorSummary summary)
    {
        json.WriteStartObject();
        json.WriteString("name", summary.Info.Name);
        json.WriteString("dtype", summary.Info.DataType.ToString());
        json.WriteStartArray("shape");
        foreach (long dimension in summary.Info.Shape)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        WriteNumber(json, "min", summary.Minimum);
        WriteNumber(json, "max", summary.Maximum);
        json.WriteNumber("nan", summary.NanCount);
        json.WriteString("sha256", summary.Sha256);
        json.WriteEndObject();
    }

    /// <summary>
    /// JSON has no infinities: they are written as the texts "Infinity" and "-Infinity"; null means that there is no number at all.
    /// </summary>
    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            json.WriteNumber(name, number);
        }
        else if (value is { } infinity)
        {
            json.WriteString(name, infinity > 0 ? "Infinity" : "-Infinity");
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static string Number(double? value) => value is { } number ? number.ToString("G6", CultureInfo.InvariantCulture) : "-";
}
