using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CxrOnnx.CommandLine;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Commands;

/// <summary><c>cxr inspect --vocabulary</c>: what a bundle understands.</summary>
internal static class VocabularyTable
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Shows it.</summary>
    public static int Run(string path, CommandOutput output)
    {
        using Bundle bundle = Bundle.Open(path, verifyChecksums: false);
        KnownVocabulary known = KnownVocabulary.Of(bundle);
        if (output.IsJson)
        {
            output.Document(Document(bundle, known).ToJsonString(Indented));
            return ExitCodes.Done;
        }

        output.Line(
            known.Kind switch
            {
                "closed" => $"bundle {bundle.Manifest.Id} knows {known.Tokens.Count} token ids and nothing else:",
                "open" => $"bundle {bundle.Manifest.Id} reads any English words; learned by prompt tuning: {known.Tokens.Count} token ids",
                _ => $"bundle {bundle.Manifest.Id} has no tokenizer: it takes no text",
            }
        );
        if (known.Tokens.Count > 0)
        {
            output.Table(
                ["id", "token", ""],
                [
                    .. known.Tokens.Select(token =>
                        (IReadOnlyList<string>)
                            [
                                token.Id.ToString(CultureInfo.InvariantCulture),
                                Word(token.Token),
                                known.Learned.Contains(token.Id) ? "learned" : "",
                            ]
                    ),
                ]
            );
        }

        output.Line();
        output.Line($"{known.Prompts.Count} standard prompts, as --all takes them:");
        output.Table(
            ["pathology", "places"],
            [
                .. known.Pathologies.Select(pathology =>
                    (IReadOnlyList<string>)
                        [
                            pathology,
                            string.Join(
                                ", ",
                                known
                                    .Prompts.Where(prompt => prompt.Pathology.Name == pathology)
                                    .SelectMany(prompt => prompt.Locations)
                                    .Select(location => location.Name)
                            ),
                        ]
                ),
            ]
        );
        return ExitCodes.Done;
    }

    private static JsonObject Document(Bundle bundle, KnownVocabulary known) =>
        new()
        {
            ["bundle"] = bundle.Manifest.Id,
            ["kind"] = known.Kind,
            ["pathologies"] = Strings(known.Pathologies),
            ["locations"] = Strings(known.Locations),
            ["prompts"] = Strings(known.Prompts.Select(prompt => prompt.Text)),
            ["tokens"] = new JsonArray([
                .. known.Tokens.Select(token => new JsonObject
                {
                    ["id"] = token.Id,
                    ["token"] = token.Token,
                    ["learned"] = known.Learned.Contains(token.Id),
                }),
            ]),
        };

    private static JsonArray Strings(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    /// <summary>A sub-token as a reader writes it: a hyphen where the word goes on.</summary>
    private static string Word(string token) =>
        token.EndsWith("</w>", StringComparison.Ordinal) ? token[..^4]
        : token.StartsWith("<|", StringComparison.Ordinal) ? token
        : token + "-";
}
