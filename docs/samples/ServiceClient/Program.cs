// ServiceClient IMAGE PHRASE...: asks a running `cxr serve`; CXR_URL and CXR_KEY say where and who. Needs no package.
using System.Text.Json;

using HttpClient client = new() { BaseAddress = new Uri(Environment.GetEnvironmentVariable("CXR_URL") ?? "http://127.0.0.1:8080") };
if (Environment.GetEnvironmentVariable("CXR_KEY") is { } key)
{
    client.DefaultRequestHeaders.Authorization = new("Bearer", key);
}

using MultipartFormDataContent form = new() { { new ByteArrayContent(File.ReadAllBytes(args[0])), "image", "image" } };
foreach (string phrase in args[1..])
{
    form.Add(new StringContent(phrase), "phrases");
}

using HttpResponseMessage response = await client.PostAsync(new Uri("/v1/ground", UriKind.Relative), form);
string body = await response.Content.ReadAsStringAsync();
if (!response.IsSuccessStatusCode)
{
    // The service says in one sentence what was wrong and what to do.
    Console.Error.WriteLine(body);
    return 1;
}

using JsonDocument answer = JsonDocument.Parse(body);
foreach (JsonElement phrase in answer.RootElement.GetProperty("phrases").EnumerateArray())
{
    Console.WriteLine($"{phrase.GetProperty("phrase")}: {phrase.GetProperty("boxes")}");
}

return 0;
