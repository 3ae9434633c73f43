using Microsoft.Extensions.DependencyInjection.Extensions;
using Silo.Core.Delivery;
using Silo.Storage;

namespace Silo.Server.Feedback;

internal static class FeedbackRegistration
{
    /// <summary>What brings feedback from outside to its tenants, and what mail leaves with for that.</summary>
    public static void AddFeedback(this IServiceCollection services, FeedbackOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(ReferenceKeys.Of(options));
        services.AddSingleton<ReferenceCodec>();
        services.AddSingleton<OutgoingReferences>();
        services.AddSingleton(p => new UnitFinder(p.GetRequiredService<ISiloStore>().Events));
        services.AddSingleton(p => new FeedbackTies(
            p.GetRequiredService<UnitFinder>(), p.GetRequiredService<ISiloStore>().Tenants, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new FeedbackVerdicts(p.GetRequiredService<ReplyRuleBook>()));
        services.AddSingleton<FeedbackIntake>();
        services.AddSingleton<MailFeedback>();
        services.AddSingleton<SesFeedback>();
        services.AddSingleton(p => new FeedbackEntries(
            p.GetRequiredService<ReferenceCodec>(), p.GetRequiredService<FeedbackTies>(), p.GetRequiredService<UnitFinder>(),
            p.GetRequiredService<ISiloStore>().Tenants, p.GetRequiredService<FeedbackIntake>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<PinnedFetcher>();
        services.TryAddSingleton<PinnedFetch>(p => p.GetRequiredService<PinnedFetcher>().Fetch);
        services.AddSingleton(p => new SnsVerifier(options.Sns, p.GetRequiredService<PinnedFetch>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<FeedbackEndpoints>();
        services.AddSingleton<FeedbackReceiver>();
        services.AddSingleton<FeedbackService>();
    }

    /// <summary>Where AWS calls. More exact than the paths of the API, so these come first.</summary>
    public static void MapFeedback(this WebApplication app)
    {
        var endpoints = app.Services.GetRequiredService<FeedbackEndpoints>();
        app.MapPost("/silo/v1/feedback/sns", endpoints.HandleSns);
        app.MapPost("/silo/v1/feedback/eventbridge", endpoints.HandleEventBridge);
    }
}
