namespace Silo.Server.Events;

/// <summary>What a destination may ask for: MatchingEventTypes of the SES v2 API, in its order.</summary>
public enum SesEventType
{
    Send,
    Reject,
    Bounce,
    Complaint,
    Delivery,
    Open,
    Click,
    RenderingFailure,
    DeliveryDelay,
    Subscription,
}
