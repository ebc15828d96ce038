using CxrOnnx.Core;
using CxrOnnx.Evaluation.Methods;

namespace CxrOnnx.Commands;

/// <summary>Reads what bundles are asked with: a form for all, and forms for single ones.</summary>
internal static class PromptForms
{
    /// <summary>FORM and NAME=FORM; the form for all has the empty name.</summary>
    public static Dictionary<string, PromptForm> Read(string[]? values)
    {
        Dictionary<string, PromptForm> forms = [];
        foreach (string value in values ?? [])
        {
            int equals = value.LastIndexOf('=');
            string name = equals < 0 ? "" : value[..equals],
                word = value[(equals + 1)..];
            string[] known = [.. Enum.GetNames<PromptForm>().Select(form => form.ToLowerInvariant())];
            int form = Array.IndexOf(known, word.ToLowerInvariant());
            if (form < 0 || equals == 0)
            {
                throw new InputException($"`prompts` {value}: wanted {string.Join(", ", known)}, or NAME=FORM for one bundle");
            }

            if (!forms.TryAdd(name, Enum.GetValues<PromptForm>()[form]))
            {
                throw new InputException(
                    $"`prompts` {value}: a form for {(name.Length > 0 ? $"'{name}'" : "all bundles")} was given before"
                );
            }
        }

        return forms;
    }
}
