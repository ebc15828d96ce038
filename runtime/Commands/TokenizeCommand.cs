using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Workflows;

namespace CxrOnnx.Commands;

/// <summary><c>cxr tokenize</c>: what the text encoder sees of a text.</summary>
public static class TokenizeCommand
{
    private const string BundleFolder = BundleLayout.TokenizerFolder;

    private static readonly JsonWriterOptions JsonFormat = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<string> text = new("TEXT") { Description = "The text; any length." };
        Option<string?> bundle = CommonOptions.Bundle();
        Option<string?> tokenizer = new("--tokenizer") { HelpName = "DIR", Description = "Folder with vocab.json and merges.txt." };
        Option<bool> json = CommonOptions.Json();
        Command command = new("tokenize", "Show the token ids of a text, its sub-tokens and what was cut off.")
        {
            text,
            bundle,
            tokenizer,
            json,
        };
        command.SetAction(result =>
            Run(result.GetRequiredValue(text), result.GetValue(bundle), result.GetValue(tokenizer), CommandOutput.Of(result, json))
        );
        return command;
    }

    private static int Run(string text, string? bundle, string? tokenizer, CommandOutput output)
    {
        TokenizedText encoded = OpenTokenizer(bundle, tokenizer).Encode(text);
        if (output.IsJson)
        {
            WriteJson(encoded, output);
        }
        else
        {
            WriteTable(encoded, output);
        }

        return ExitCodes.Done;
    }

    private static ClipTokenizer OpenTokenizer(string? bundlePath, string? tokenizer)
    {
        if (bundlePath is not null && tokenizer is not null)
        {
            throw new InputException("--bundle and --tokenizer: give one of them, not both");
        }

        if (bundlePath is not null)
        {
            // Nothing but the tokenizer is read, so the checksums of the weights can wait.
            using Bundle bundle = Bundle.Open(BundleLocator.Find(bundlePath), verifyChecksums: false);
            return bundle.Contains(BundleFolder)
                ? ClipTokenizer.Load(bundle.PathOf(BundleFolder), bundle.Manifest.Vocabulary.PadId)
                : throw new InputException($"{bundlePath}: the bundle has no tokenizer; give one with --tokenizer DIR");
        }

        return ClipTokenizer.Load(
            tokenizer
                ?? ShippedFolder()
                ?? throw new InputException("no tokenizer: give --bundle DIR or --tokenizer DIR (a folder with vocab.json and merges.txt)")
        );
    }

    /// <summary>models/tokenizer of the repository this program runs in, if it does.</summary>
    private static string? ShippedFolder()
    {
        foreach (string start in (ReadOnlySpan<string>)[Directory.GetCurrentDirectory(), AppContext.BaseDirectory])
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string candidate = Path.Combine(folder.FullName, "models", "tokenizer");
                if (File.Exists(Path.Combine(candidate, "vocab.json")))
                {
                    return candidate;
                }
            }
        }

        return null;
    }

    private static void WriteJson(TokenizedText encoded, CommandOutput output)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, JsonFormat))
        {
            writer.WriteStartObject();
            WriteArray(writer, "ids", encoded.Ids, writer.WriteNumberValue);
            WriteArray(writer, "tokens", encoded.Tokens, writer.WriteStringValue);
            WriteArray(writer, "positions", encoded.Positions, writer.WriteNumberValue);
            writer.WriteBoolean("truncated", encoded.Truncated);
            WriteArray(writer, "truncated_tokens", encoded.TruncatedTokens, writer.WriteStringValue);
            writer.WriteEndObject();
        }

        output.Document(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static void WriteArray<T>(Utf8JsonWriter writer, string name, IEnumerable<T> values, Action<T> write)
    {
        writer.WriteStartArray(name);
        foreach (T value in values)
        {
            write(value);
        }

        writer.WriteEndArray();
    }

    private static void WriteTable(TokenizedText encoded, CommandOutput output)
    {
        IReadOnlyList<string> labels = TokenLabels.Of(encoded.Tokens);
        output.Table(
            ["position", "id", "token"],
            [
                .. encoded.Positions.Select(
                    (position, i) =>
                        (IReadOnlyList<string>)
                            [
                                position.ToString(CultureInfo.InvariantCulture),
                                encoded.Ids[position].ToString(CultureInfo.InvariantCulture),
                                labels[i],
                            ]
                ),
            ]
        );
        output.Line($"words: {string.Join(" | ", encoded.Words.Select(word => word.Text))}");
        output.Line($"ids:   {string.Join(' ', encoded.Ids)}");
        if (encoded.Truncated)
        {
            output.Line(
                $"cut:   {encoded.TruncatedTokens.Count} sub-tokens do not fit into {ClipTokenizer.ContextLength - 2} and were left out: "
                    + string.Join(' ', encoded.TruncatedTokens.Take(20))
                    + (encoded.TruncatedTokens.Count > 20 ? " ..." : "")
            );
        }
    }
}
