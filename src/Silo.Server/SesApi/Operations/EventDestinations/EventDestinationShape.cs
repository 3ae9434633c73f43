using Silo.Server.Accounts;
using Silo.Server.Events;

namespace Silo.Server.SesApi.Operations.EventDestinations;

// The shapes of SES v2 as they stand on the wire.

internal sealed record EventDestinationDefinition(
    bool? Enabled, IReadOnlyList<string?>? MatchingEventTypes, KinesisFirehoseDestination? KinesisFirehoseDestination,
    CloudWatchDestination? CloudWatchDestination, SnsDestination? SnsDestination, EventBridgeDestination? EventBridgeDestination,
    PinpointDestination? PinpointDestination);

internal sealed record EventDestinationDescription(
    string Name, bool Enabled, IReadOnlyList<string> MatchingEventTypes, KinesisFirehoseDestination? KinesisFirehoseDestination,
    CloudWatchDestination? CloudWatchDestination, SnsDestination? SnsDestination, EventBridgeDestination? EventBridgeDestination);

internal sealed record KinesisFirehoseDestination(string? IamRoleArn, string? DeliveryStreamArn);

internal sealed record CloudWatchDestination(IReadOnlyList<CloudWatchDimensionConfiguration?>? DimensionConfigurations);

internal sealed record CloudWatchDimensionConfiguration(string? DimensionName, string? DimensionValueSource, string? DefaultDimensionValue);

internal sealed record SnsDestination(string? TopicArn);

internal sealed record EventBridgeDestination(string? EventBusArn);

internal sealed record PinpointDestination(string? ApplicationArn);

/// <summary>From the shapes of SES to destinations and back.</summary>
internal static class EventDestinationShape
{
    private const int MaxDimensions = 10;

    public static EventDestinationDescription Describe(EventDestination destination) => new(
        destination.Name, destination.Enabled, [.. destination.MatchingEventTypes.Select(t => t.ApiName())],
        destination.Target is FirehoseTarget firehose ? new(firehose.IamRoleArn, firehose.DeliveryStreamArn) : null,
        destination.Target is CloudWatchTarget watch
            ? new([.. watch.Dimensions.Select(d => new CloudWatchDimensionConfiguration(d.Name, d.Source, d.DefaultValue))]) : null,
        destination.Target is SnsTarget sns ? new(sns.TopicArn) : null,
        destination.Target is EventBridgeTarget bridge ? new(bridge.EventBusArn) : null);

    public static bool CheckName(string? name, MemberChecks checks)
    {
        if (!checks.RequiredText(name, "EventDestinationName")) return false;
        if (ConfigurationSet.IsValidName(name)) return true;
        checks.Fail("EventDestinationName must have 1 to 64 letters, digits, hyphens and underscores");
        return false;
    }

    /// <summary>Types and target as the definition gives them; a target of null when it names none, which the caller judges.</summary>
    public static (IReadOnlyList<SesEventType> Types, EventTarget? Target) Check(
        EventDestinationDefinition definition, ArnTargets arns, MemberChecks checks)
    {
        var types = CheckTypes(definition.MatchingEventTypes, "EventDestination.MatchingEventTypes", checks);
        var targets = new object?[]
        {
            definition.KinesisFirehoseDestination, definition.CloudWatchDestination, definition.SnsDestination,
            definition.EventBridgeDestination, definition.PinpointDestination,
        };
        if (targets.Count(t => t is not null) > 1) checks.Fail("EventDestination must have exactly one destination");
        if (definition.PinpointDestination is not null) checks.Fail("EventDestination.PinpointDestination is not available here");
        return (types, Target(definition, arns, checks));
    }

    public static IReadOnlyList<SesEventType> CheckTypes(IReadOnlyList<string?>? names, string member, MemberChecks checks)
    {
        if (names is not { Count: > 0 })
        {
            checks.Fail($"{member} must name at least one event type");
            return [];
        }

        var types = new List<SesEventType>(names.Count);
        foreach (var name in names)
        {
            if (SesEventTypes.Parse(name) is not { } type)
            {
                checks.Fail($"{member} must be of {string.Join(", ", SesEventTypes.ApiNames)}");
                return types;
            }

            if (!types.Contains(type)) types.Add(type);
        }

        return types;
    }

    private static EventTarget? Target(EventDestinationDefinition definition, ArnTargets arns, MemberChecks checks)
    {
        if (definition.SnsDestination is { } sns)
        {
            return CheckArn(sns.TopicArn, "SnsDestination.TopicArn", arns, checks) ? new SnsTarget(sns.TopicArn!) : null;
        }

        if (definition.EventBridgeDestination is { } bridge)
        {
            return CheckArn(bridge.EventBusArn, "EventBridgeDestination.EventBusArn", arns, checks)
                ? new EventBridgeTarget(bridge.EventBusArn!) : null;
        }

        if (definition.KinesisFirehoseDestination is { } firehose)
        {
            checks.RequiredText(firehose.IamRoleArn, "EventDestination.KinesisFirehoseDestination.IamRoleArn");
            checks.Length(firehose.IamRoleArn, "EventDestination.KinesisFirehoseDestination.IamRoleArn", 1, 1_011);
            return CheckArn(firehose.DeliveryStreamArn, "KinesisFirehoseDestination.DeliveryStreamArn", arns, checks)
                ? new FirehoseTarget(firehose.DeliveryStreamArn!, firehose.IamRoleArn ?? "") : null;
        }

        return definition.CloudWatchDestination is { } watch ? CloudWatch(watch, checks) : null;
    }

    private static bool CheckArn(string? arn, string member, ArnTargets arns, MemberChecks checks)
    {
        if (!checks.RequiredText(arn, $"EventDestination.{member}")) return false;
        if (arns.Find(arn) is not null) return true;
        checks.Fail($"EventDestination.{member} {MemberChecks.Shown(arn)} is mapped to no URL: Silo:Events:Targets maps ARNs");
        return false;
    }

    private static CloudWatchTarget? CloudWatch(CloudWatchDestination watch, MemberChecks checks)
    {
        const string Member = "EventDestination.CloudWatchDestination.DimensionConfigurations";
        if (watch.DimensionConfigurations is not { Count: > 0 } given)
        {
            checks.Fail($"{Member} must have at least one item");
            return null;
        }

        if (!checks.Items(given, Member, MaxDimensions)) return null;
        var dimensions = new List<CloudWatchDimension>(given.Count);
        for (var i = 0; i < given.Count; i++)
        {
            var (name, source, value) = given[i]!;
            if (checks.RequiredText(name, $"{Member}[{i}].DimensionName") && !IsOf(name!, "_-:"))
                checks.Fail($"{Member}[{i}].DimensionName must have 1 to 256 letters, digits, underscores, hyphens and colons");
            if (checks.Required(source, $"{Member}[{i}].DimensionValueSource"))
                checks.OneOf(source, $"{Member}[{i}].DimensionValueSource", "MESSAGE_TAG", "EMAIL_HEADER", "LINK_TAG");
            if (checks.RequiredText(value, $"{Member}[{i}].DefaultDimensionValue") && !IsOf(value!, "_-@."))
                checks.Fail($"{Member}[{i}].DefaultDimensionValue must have 1 to 256 letters, digits, underscores, hyphens, at signs and periods");
            if (dimensions.Any(d => d.Name == name)) checks.Fail($"{Member}[{i}].DimensionName {MemberChecks.Shown(name!)} is given twice");
            dimensions.Add(new CloudWatchDimension(name ?? "", source ?? "", value ?? ""));
        }

        return new CloudWatchTarget(dimensions);
    }

    private static bool IsOf(string text, string more) => text.Length <= 256 && text.All(c => char.IsAsciiLetterOrDigit(c) || more.Contains(c));
}
