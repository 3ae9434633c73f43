using System.Text.Json;
using Silo.Server.AdminApi;
using Silo.Server.SesApi;
using Silo.Server.Tests.SesApi;
using Silo.Testing.Fuzzing;
using Xunit;

namespace Silo.Server.Tests.Fuzzing;

public sealed class OperationFuzzTests(ApiServer server) : IClassFixture<ApiServer>
{
    // They ask the network, or wait for what they begin.
    private static readonly string[] NotHere = ["LookUpBlocklistSubject", "CreateErasure"];

    private static readonly SesOperation[] Operations =
    [
        .. SesOperations.Available.Concat(AdminOperations.All).Where(o => o.Handle is not null && !NotHere.Contains(o.Name)),
    ];

    private static readonly string[] Labels = ["acme", "example.com", "a@example.com", "RESOURCE", "", "10.0.0.1", new string('x', 3_000), "../%", "\ud83d\ude00"];

    private static readonly string[] Queries = ["", "NextToken=x&PageSize=1", "PageSize=-1", "PageSize=99999999999999", "Month=2026-11&&=&", "a=%zz", "Reason=BOUNCE&Reason=x", "TenantName=acme&StartDate=x"];

    [Fact]
    public async Task No_body_makes_an_operation_fail_or_run_away()
    {
        var samples = new BodySamples();
        Assert.True(samples.Count > 40, $"only {samples.Count} shapes");
        foreach (var seed in Fuzz.Seeds) await Try(seed, samples);
    }

    private async Task Try(int seed, BodySamples samples)
    {
        var random = new Random(seed);
        var operation = Operations[seed % Operations.Length];
        byte[][] corpus = [samples.Make(operation.Name, random)];
        var body = seed % 2 == 0 ? corpus[0] : Mutator.Make(corpus, seed);
        var labels = Enumerable.Range(0, operation.Path.Count(c => c == '{')).Select(_ => Labels[random.Next(Labels.Length)]).ToArray();
        var call = new SesCall(server.Services, labels, random.Next(3) == 0 ? Queries[random.Next(Queries.Length)] : "", body)
        {
            Caller = ApiServer.Root,
        };
        try
        {
            var answer = await operation.Handle!(call, CancellationToken.None);
            if (answer.Error is { } error)
            {
                Assert.InRange(error.Status, 400, 499);
                Assert.InRange(error.Message.Length, 1, 10_000);
                Assert.EndsWith("Exception", error.Code == "MessageRejected" ? "Exception" : error.Code);
            }
            else
            {
                using var json = JsonDocument.Parse(answer.Body);
                // The reply rules are a list.
                Assert.True(json.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array);
            }
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {seed} (SILO_FUZZ_SEED={seed}), {operation.Name}: {e.GetType().Name}: {e.Message}", e);
        }
    }
}
