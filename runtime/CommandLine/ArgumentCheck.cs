using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using CxrOnnx.Core;

namespace CxrOnnx.CommandLine;

/// <summary>
/// Finds what the parser lets pass: a misspelt option that would be taken for a phrase or for the value of the option before it.
/// </summary>
internal static class ArgumentCheck
{
    private const string EndOfOptions = "--";

    /// <summary>What is wrong with a command line, in a sentence; null where nothing is.</summary>
    /// <param name="parsed">The parsed command line.</param>
    /// <param name="arguments">Its arguments.</param>
    public static string? Problem(ParseResult parsed, IReadOnlyList<string> arguments)
    {
        HashSet<string> written = [.. arguments.TakeWhile(argument => argument != EndOfOptions).Where(IsLikeOption)];
        foreach (string argument in written)
        {
            SymbolResult? taker = Results(parsed.CommandResult).FirstOrDefault(result => Takes(result, argument));
            if (parsed.UnmatchedTokens.Contains(argument) || taker is ArgumentResult)
            {
                return $"there is no option {Name(argument)}{Suggest(parsed.CommandResult, Name(argument))}"
                    + (taker is null ? "" : $" (what begins with a dash and is no option comes after {EndOfOptions})");
            }

            if (taker is OptionResult option && !IsOwnValue(option, arguments, argument))
            {
                return $"{option.Option.Name} wants a value and got {argument}{Suggest(parsed.CommandResult, argument)} (write "
                    + $"{option.Option.Name}={argument} if it is meant)";
            }
        }

        string[] names = [.. parsed.CommandResult.Command.Subcommands.Select(command => command.Name)];
        return names.Length > 0 && parsed.UnmatchedTokens is [var first, ..]
            ? $"there is no command {Excerpt.Of(first)}{NearestName.Suggestion(first, names)}"
            : null;
    }

    /// <summary>A dash and something that is no number: "-5" may be a value.</summary>
    private static bool IsLikeOption(string argument) =>
        argument.Length > 1 && argument[0] == '-' && !double.TryParse(argument, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static string Name(string argument) => argument.Split('=')[0];

    private static bool Takes(SymbolResult result, string argument) => result.Tokens.Any(token => token.Value == argument);

    /// <summary>"--out=--x" says so itself.</summary>
    private static bool IsOwnValue(OptionResult option, IReadOnlyList<string> arguments, string argument) =>
        arguments.Any(other => other.StartsWith($"{option.IdentifierToken?.Value}=", StringComparison.Ordinal))
        && !arguments.Contains(argument);

    private static IEnumerable<SymbolResult> Results(CommandResult command) =>
        command.Children.SelectMany(child => child is CommandResult inner ? Results(inner) : [child]);

    private static string Suggest(CommandResult command, string argument)
    {
        IEnumerable<string> options = Enumerable.Empty<string>();
        for (SymbolResult? at = command; at is CommandResult level; at = at.Parent)
        {
            options = options.Concat(
                level
                    .Command.Options.Where(option => !option.Hidden && (level == command || option.Recursive))
                    .Select(option => option.Name)
            );
        }

        return NearestName.Suggestion(argument, [.. options]);
    }
}
