{#-
  The categories of penalty in the codebook's own order, which a table does not keep.
  A test holds the list equal to seeds/penalty_categories.csv.
-#}
{% macro penalty_categories_in_order() -%}
    {{ return([
        '警告',
        '罚款',
        '没收违法所得',
        '没收非法财物',
        '责令停产停业',
        '暂扣或者吊销许可证',
        '暂扣或者吊销执照',
        '行政拘留',
        '其他',
    ]) }}
{%- endmacro %}
