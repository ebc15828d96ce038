using CxrOnnx.Core;

namespace CxrOnnx.Workflows;

/// <summary>
/// The scripts of <c>cxr completion</c>. They ask the program itself: <c>cxr [suggest:POSITION] LINE</c> prints the words that may stand at
/// that position, one a line; where it has none, the shell completes file names.
/// </summary>
public static class CompletionScript
{
    private const string Bash = """
        # cxr completion: eval "$(cxr completion bash)" in ~/.bashrc
        _cxr_complete() {
          local IFS=$'\n' found
          found=$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)
          COMPREPLY=($(compgen -W "${found}" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _cxr_complete cxr
        """;

    private const string Zsh = """
        # cxr completion: eval "$(cxr completion zsh)" in ~/.zshrc, behind compinit
        _cxr_complete() {
          local -a words_found
          words_found=("${(@f)$("${words[1]}" "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          if [[ -n "${words_found[1]}" ]]; then compadd -- "${words_found[@]}"; fi
          _files
        }
        compdef _cxr_complete cxr
        """;

    private const string Fish = """
        # cxr completion: cxr completion fish > ~/.config/fish/completions/cxr.fish
        function __cxr_complete
          cxr "[suggest:"(string length -- (commandline -cp))"]" (commandline -cp) 2>/dev/null
        end
        complete -c cxr -a '(__cxr_complete)'
        """;

    private const string PowerShell = """
        # cxr completion: cxr completion pwsh | Out-String | Invoke-Expression in $PROFILE
        Register-ArgumentCompleter -Native -CommandName cxr -ScriptBlock {
          param($wordToComplete, $commandAst, $cursorPosition)
          cxr "[suggest:$cursorPosition]" "$commandAst" 2>$null | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
            [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
          }
        }
        """;

    /// <summary>The shells there is a script for.</summary>
    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish", "pwsh"];

    /// <summary>The script for a shell.</summary>
    /// <param name="shell">One of <see cref="Shells"/>.</param>
    /// <exception cref="InputException">There is none for it.</exception>
    public static string For(string shell) =>
        shell switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            "fish" => Fish,
            "pwsh" => PowerShell,
            _ => throw new InputException($"shell '{shell}': known are {string.Join(", ", Shells)}"),
        };
}
