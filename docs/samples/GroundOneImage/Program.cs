using CxrOnnx.Grounding;
using CxrOnnx.Workflows;
using CxrOnnx.Workflows.Ground;

GroundRequest request = new()
{
    Image = args[0],
    Phrases = args[1..],
    Bundle = BundleLocator.Find(null),
    Preset = "fast",
};
GroundRun run = GroundRun.Execute(request, progress: null, CancellationToken.None);
foreach (PhraseGrounding phrase in run.Phrases)
{
    Console.WriteLine($"{phrase.Phrase.Phrase}: {phrase.Box}");
}
