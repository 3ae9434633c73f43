using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Silo.LoadTest.Sinks;

/// <summary>
/// What a sink in a process of its own is asked over HTTP: <c>GET /counts</c>, <c>GET /tally</c> (<c>?lanes=true</c> with its lanes),
/// <c>POST /drop/3</c>, <c>POST /duplicate/3</c>, <c>POST /reorder/3</c>.
/// </summary>
internal static class SinkControl
{
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    /// <returns>The server, which the caller ends, and where it is.</returns>
    public static async Task<(WebApplication App, Uri Address)> Start(ISink sink, IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(endpoint));
        var app = builder.Build();
        app.MapGet("/counts", () => Results.Json(sink.Counts, Json));
        app.MapGet("/tally", (bool? lanes) =>
        {
            var tally = sink.Tally();
            return Results.Json(lanes == true ? tally : tally with { Lanes = [] }, Json);
        });
        app.MapPost("/{fault}/{messages:int:min(1):max(100000)}", (string fault, int messages) =>
        {
            switch (fault)
            {
                case "drop":
                    sink.Faults.Drop(messages);
                    return Results.NoContent();
                case "duplicate":
                    sink.Faults.Duplicate(messages);
                    return Results.NoContent();
                case "reorder":
                    sink.Faults.Reorder(messages);
                    return Results.NoContent();
                default:
                    return Results.NotFound();
            }
        });
        await app.StartAsync(cancellationToken);
        return (app, new Uri(app.Urls.First()));
    }
}
