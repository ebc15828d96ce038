// dotnet run Ground.cs IMAGE PHRASE: prints the boxes of a phrase. CXR_URL and CXR_KEY say where and who.
using System.Text.Json;

using HttpClient client = new() { BaseAddress = new Uri(Environment.GetEnvironmentVariable("CXR_URL") ?? "http://127.0.0.1:8080") };
client.DefaultRequestHeaders.Authorization = new("Bearer", Environment.GetEnvironmentVariable("CXR_KEY") ?? "none");
using MultipartFormDataContent form = new()
{
    { new ByteArrayContent(File.ReadAllBytes(args[0])), "image", "image" },
    { new StringContent(args[1]), "phrases" },
};
using HttpResponseMessage response = await client.PostAsync("/v1/ground", form);
using JsonDocument answer = JsonDocument.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync());
Console.WriteLine(answer.RootElement.GetProperty("phrases")[0].GetProperty("boxes"));
