using System.CommandLine;
using System.CommandLine.Parsing;
using CxrOnnx.Core;

namespace CxrOnnx.CommandLine;

/// <summary>
/// Runs a command line and turns its end into an exit code. Errors are one line on stderr; a stack trace appears with <c>--verbose</c>
/// only.
/// </summary>
public static class CommandRunner
{
    /// <summary>How long a command may take to stop after Ctrl-C.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Parses and runs.</summary>
    /// <param name="root">The command tree.</param>
    /// <param name="arguments">The arguments, without the program's name.</param>
    /// <param name="output">What goes to stdout.</param>
    /// <param name="error">What goes to stderr.</param>
    /// <param name="cancellationToken">Stops the command as Ctrl-C does.</param>
    /// <param name="program">Name of the program, for the hint at its help.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(
        RootCommand root,
        string[] arguments,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken = default,
        string program = "cxr"
    )
    {
        error = QuietErrors.Of(arguments, error);
        try
        {
            return await ParseAndRunAsync(root, arguments, output, error, cancellationToken, program);
        }
        catch (Exception exception)
        {
            int code = Explain(exception, error);
            if (arguments.Contains(CommonOptions.Verbose.Name))
            {
                error.WriteLine(exception);
            }

            return code;
        }
    }

    private static async Task<int> ParseAndRunAsync(
        RootCommand root,
        string[] arguments,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken,
        string program
    )
    {
        // A phrase may begin with @: it is not the name of a file with more arguments.
        ParseResult parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (arguments.Length == 0)
        {
            await root.Parse("--help").InvokeAsync(new InvocationConfiguration { Output = output, Error = error }, cancellationToken);
            return Fail(error, "no command given", ExitCodes.WrongInput);
        }

        // A shell asks for the words that complete an unfinished line: its errors are not meant.
        bool suggests = arguments[0].StartsWith("[suggest", StringComparison.Ordinal);
        if (!suggests && ArgumentCheck.Problem(parsed, arguments) is { } problem)
        {
            return Fail(
                error,
                $"{problem}{(problem.EndsWith('?') ? "" : ";")} see {PathOf(parsed.CommandResult, program)} --help",
                ExitCodes.WrongInput
            );
        }

        if (parsed.Errors.Count > 0 && !suggests)
        {
            string problems = string.Join("; ", parsed.Errors.Select(wrong => wrong.Message.TrimEnd('.')).Distinct());
            return Fail(error, $"{problems}; see {PathOf(parsed.CommandResult, program)} --help", ExitCodes.WrongInput);
        }

        InvocationConfiguration invocation = new()
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        if (parsed.CommandResult.Command is SelfStoppingCommand)
        {
            return await parsed.InvokeAsync(invocation, cancellationToken);
        }

        using StopSignals signals = new(
            parsed.CommandResult.Command is SavingCommand ? Timeout.InfiniteTimeSpan : StopTimeout,
            cancellationToken
        );
        Task<int> work = Task.Run(() => parsed.InvokeAsync(invocation, signals.Token), CancellationToken.None);
        return await Task.WhenAny(work, signals.Expired) == work ? await work : Fail(error, "interrupted", ExitCodes.Interrupted);
    }

    private static int Explain(Exception exception, TextWriter error) =>
        exception switch
        {
            // Work on several threads: what they report first is as good as any.
            AggregateException several when several.Flatten().InnerExceptions is [var first, ..] => Explain(
                several.Flatten().InnerExceptions.FirstOrDefault(one => one is CxrOnnxException) ?? first,
                error
            ),
            OperationCanceledException => Fail(error, "interrupted", ExitCodes.Interrupted),
            InputProblemsException several => Fail(error, several.Message, ExitCodes.WrongInput),
            CxrOnnxException => Fail(error, OneLine(exception.Message), ExitCodes.WrongInput),

            // Reading and writing go through types that explain themselves; what is left is a disk that fills up or a file that vanishes
            // meanwhile.
            IOException or UnauthorizedAccessException => Fail(error, OneLine(exception.Message), ExitCodes.WrongInput),
            OutOfMemoryException => Fail(
                error,
                "out of memory: use a smaller image, fewer phrases at once or a machine with more memory",
                ExitCodes.InternalError
            ),
            _ => Fail(
                error,
                $"internal error: {OneLine(exception.Message)} ({exception.GetType().Name}; --verbose shows where)",
                ExitCodes.InternalError
            ),
        };

    private static int Fail(TextWriter error, string message, int code)
    {
        error.WriteLine($"error: {SettingNames.AsOptions(message)}");
        return code;
    }

    private static string OneLine(string message) =>
        string.Join(' ', message.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static string PathOf(CommandResult result, string program)
    {
        List<string> names = [];
        for (SymbolResult? at = result; at is CommandResult command; at = at.Parent)
        {
            names.Insert(0, command.Command is RootCommand ? program : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
