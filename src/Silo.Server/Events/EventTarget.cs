using System.Text.Json.Serialization;

namespace Silo.Server.Events;

/// <summary>Where a destination's notices go. Exactly one kind per destination.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "Kind")]
[JsonDerivedType(typeof(WebhookTarget), "webhook")]
[JsonDerivedType(typeof(SnsTarget), "sns")]
[JsonDerivedType(typeof(FirehoseTarget), "firehose")]
[JsonDerivedType(typeof(EventBridgeTarget), "eventbridge")]
[JsonDerivedType(typeof(CloudWatchTarget), "cloudwatch")]
public abstract record EventTarget;

/// <summary>Silo's own kind: one signed POST for each notice (Standard Webhooks).</summary>
/// <param name="Url">http or https, up to 2,048 characters.</param>
/// <param name="Secrets">1 to 3, "whsec_" and base64 of 24 to 64 bytes, the newest first; each signs, so that a receiver can change over.</param>
public sealed record WebhookTarget(Uri Url, IReadOnlyList<string> Secrets) : EventTarget;

/// <param name="TopicArn">Mapped to a URL by <see cref="EventOptions.Targets"/> when something is sent.</param>
public sealed record SnsTarget(string TopicArn) : EventTarget;

/// <param name="DeliveryStreamArn">Mapped like <see cref="SnsTarget"/>.</param>
/// <param name="IamRoleArn">Kept, and not acted upon.</param>
public sealed record FirehoseTarget(string DeliveryStreamArn, string IamRoleArn) : EventTarget;

/// <param name="EventBusArn">Mapped like <see cref="SnsTarget"/>.</param>
public sealed record EventBridgeTarget(string EventBusArn) : EventTarget;

/// <summary>Counted by this process as metrics; nothing is sent.</summary>
/// <param name="Dimensions">1 to 10.</param>
public sealed record CloudWatchTarget(IReadOnlyList<CloudWatchDimension> Dimensions) : EventTarget;

/// <param name="Source">MESSAGE_TAG, EMAIL_HEADER or LINK_TAG.</param>
/// <param name="DefaultValue">For notices that do not have it.</param>
public sealed record CloudWatchDimension(string Name, string Source, string DefaultValue);
