"""The addresses of this domain."""

from django.urls import URLPattern, path

from emporion.checkout import billing_views, order_views, views

app_name = "checkout"
urlpatterns: list[URLPattern] = [
    path("checkout/terms/", views.terms, name="terms"),
    path("checkout/asked/", views.asked, name="asked"),
    path("checkout/bundles/<slug:slug>/", views.bundle, name="bundle"),
    path("checkout/<slug:slug>/", views.product, name="product"),
    path("orders/", order_views.orders, name="orders"),
    path("orders/<uuid:order_id>/", order_views.order, name="order"),
    path("orders/<uuid:order_id>/state/", order_views.state, name="order_state"),
    path("orders/<uuid:order_id>/pay/", order_views.pay, name="order_pay"),
    path("orders/<uuid:order_id>/cancel/", order_views.cancel, name="order_cancel"),
    path("orders/<uuid:order_id>/money-back/", order_views.money_back, name="order_money_back"),
    path("orders/<uuid:order_id>/receipt/", order_views.receipt, name="receipt"),
    path("orders/<uuid:order_id>/receipt.pdf", order_views.receipt_file, name="receipt_file"),
    path("receipts/<uuid:payment_id>/", billing_views.receipt, name="payment_receipt"),
    path("receipts/<uuid:payment_id>.pdf", billing_views.receipt_file, name="payment_receipt_file"),
    path("billing/", billing_views.billing, name="billing"),
    path("billing/credits/", billing_views.buy_credits, name="buy_credits"),
    path("billing/credits/<uuid:payment_id>/cancel/", billing_views.cancel_credits, name="cancel_credits"),
    path("billing/low/", billing_views.change_low_balance, name="low_balance"),
    path("billing/details/", billing_views.change_details, name="details"),
    path("billing/methods/<uuid:method_id>/", billing_views.change_method, name="method"),
]
