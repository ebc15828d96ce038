using CxrOnnx.Workflows;
using CxrOnnx.Workflows.Ground;

GroundRequest request = new()
{
    Image = args[0],
    Phrases = args[1..],
    Bundle = BundleLocator.Find(null),
};
GroundRun run = GroundRun.Execute(request, progress: null, CancellationToken.None);
Console.WriteLine(string.Join('\n', run.Phrases.Select(phrase => $"{phrase.Phrase.Phrase}: {phrase.Box}")));
